import { describe, expect, it } from 'vitest'
import type { UsagePoint } from '@/api/usage'
import { axisOf, changeOf, isPossible, rangeOf, seriesOf, sharesOf, sumOf, valuesOf } from '@/features/dashboard/usage'

const NOW = new Date(2026, 2, 15, 13, 30)
const day = (date: number) => new Date(2026, 2, date).getTime() / 1000
const point = (change: Partial<UsagePoint>): UsagePoint => ({
  time: day(15), model_name: 'm', requests: 1, quota: 10, prompt_tokens: 3, completion_tokens: 2, ...change,
})

describe('axis of usage', () => {
  it('has seven days that end today, whatever was used', () => {
    expect(axisOf(rangeOf('week', undefined, NOW), [])).toEqual([9, 10, 11, 12, 13, 14, 15].map(day))
  })

  it('keeps points of days outside of it', () => {
    const axis = axisOf(rangeOf('week', undefined, NOW), [point({ time: day(8) })])
    expect(axis[0]).toBe(day(8))
    expect(axis).toHaveLength(8)
  })

  it('has the hours of today', () => {
    expect(axisOf(rangeOf('today', undefined, NOW), [])).toHaveLength(14)
  })

  it('begins weeks on a Monday', () => {
    const axis = axisOf(rangeOf('days30', 'week', NOW), [])
    expect(axis.map((time) => new Date(time * 1000).getDay())).toEqual([1, 1, 1, 1, 1])
  })

  it('asks for hours only of a month, and for weeks only of more than a day', () => {
    expect(isPossible('days90', 'hour')).toBe(false)
    expect(isPossible('today', 'week')).toBe(false)
    expect(rangeOf('days90', 'hour', NOW).granularity).toBe('day')
  })
})

describe('series of usage', () => {
  const axis = [day(14), day(15)]

  it('fill missing days with zero', () => {
    expect(valuesOf([point({}), point({ quota: 5 })], axis, ({ quota }) => quota)).toEqual([0, 15])
  })

  it('are ten at most, the rest together', () => {
    const points = Array.from({ length: 14 }, (_, at) => point({ model_name: `m${at}`, quota: at + 1 }))
    const series = seriesOf(points, axis, 'quota', 'Others')
    expect(series).toHaveLength(10)
    expect(series[0]).toEqual({ name: 'm13', values: [0, 14] })
    expect(series[9]).toEqual({ name: 'Others', values: [0, 1 + 2 + 3 + 4 + 5] })
  })

  it('have the name of what was asked by', () => {
    const points = [point({ id: 1, name: 'alice' }), point({ id: 2, name: '' })]
    expect(seriesOf(points, axis, 'requests', 'Others').map(({ name }) => name)).toEqual(['alice', '#2'])
  })
})

describe('sums of usage', () => {
  it('tell the share of each, dearest first', () => {
    const shares = sharesOf([point({ model_name: 'a', quota: 1 }), point({ model_name: 'b', quota: 3 })])
    expect(shares.map(({ name, share }) => [name, share])).toEqual([['b', 0.75], ['a', 0.25]])
  })

  it('are zero without points', () => {
    expect(sumOf([])).toEqual({ requests: 0, quota: 0, prompt: 0, completion: 0 })
  })

  it('compare with yesterday only where there was something', () => {
    expect(changeOf(15, 10)).toBe(0.5)
    expect(changeOf(15, 0)).toBeNull()
  })
})
