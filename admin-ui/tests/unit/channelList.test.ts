import { describe, expect, it } from 'vitest'
import { hasBalance, showBalance } from '@/features/channel/balance'
import { fromRows, toRows } from '@/features/channel/mapping'
import { gradeOf } from '@/features/channel/responseTime'

describe('a balance', () => {
  it.each([
    [1, 12.5, '$12.50'],
    [36, 3, '¥3.00'],
    [5, 25_000, '¥2.50'],
    [10, 42, '42'],
    [20, -0.5, '−$0.50'],
    [14, 9, '–'],
    [99, 9, '–'],
  ])('of type %i is shown in its unit', (type, balance, shown) => {
    expect(showBalance({ type, balance, balance_updated_time: 1 })).toBe(shown)
  })

  it('that nobody has asked for is a dash, one that is used up is not', () => {
    expect(showBalance({ type: 1, balance: 0, balance_updated_time: 0 })).toBe('–')
    expect(showBalance({ type: 1, balance: 0, balance_updated_time: 9 })).toBe('$0.00')
  })

  it('can be asked for where the catalog says so', () => {
    expect([1, 25, 44].every((type) => hasBalance({ type }))).toBe(true)
    expect([3, 14, 99].some((type) => hasBalance({ type }))).toBe(false)
  })
})

describe('a test', () => {
  it.each([
    [0, 0, 0, 'untested'],
    [0, 9, 0, 'failed'],
    [40, 9, 9, 'failed'],
    [40, 9, 12, 'good'],
    [1000, 9, 0, 'good'],
    [3000, 9, 0, 'fair'],
    [5000, 9, 0, 'slow'],
    [5001, 9, 0, 'bad'],
  ])('of %i ms at %i with an error at %i is %s', (response_time, test_time, last_error_time, grade) => {
    expect(gradeOf({ response_time, test_time, last_error_time })).toBe(grade)
  })
})

describe('a mapping', () => {
  it('goes through the table unchanged', () => {
    expect(fromRows(toRows('{"a":"b","c":"d"}'))).toBe('{"a":"b","c":"d"}')
  })

  it('without whole rows is empty', () => {
    expect(fromRows([{ from: ' ', to: 'x' }, { from: 'a', to: '' }])).toBe('')
  })

  it('that cannot be read has no rows', () => {
    expect(toRows('{')).toEqual([])
  })
})
