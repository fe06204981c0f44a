import { describe, expect, it } from 'vitest'
import { spanOf } from '@/features/log/ranges'

const NOW = new Date(2026, 2, 15, 13, 30)
const at = (day: number) => new Date(2026, 2, day).getTime() / 1000

describe('times of a log list', () => {
  it('are the last seven days, today included, when nothing is asked', () => {
    expect(spanOf({}, NOW)).toEqual({ start: at(9), end: 0 })
  })

  it('know yesterday and this month', () => {
    expect(spanOf({ range: 'yesterday' }, NOW)).toEqual({ start: at(14), end: at(15) - 1 })
    expect(spanOf({ range: 'month' }, NOW)).toEqual({ start: at(1), end: 0 })
  })

  it('are open for all times', () => {
    expect(spanOf({ range: 'all' }, NOW)).toEqual({ start: 0, end: 0 })
  })

  it('take own times before a preset, and nothing that is no time', () => {
    expect(spanOf({ range: 'today', start: '100', end: 'soon' }, NOW)).toEqual({ start: 100, end: 0 })
  })
})
