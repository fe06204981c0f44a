import { describe, expect, it } from 'vitest'
import { changesOf, priceOf, ratioOf, readTable, typed, writeTable } from '@/features/option/ratios'

describe('a table of ratios', () => {
  it('is an object of numbers', () => {
    expect(readTable('{"a": 1, "b": 0.5}').table).toEqual({ a: 1, b: 0.5 })
    expect(readTable('').table).toEqual({})
  })

  it.each([
    ['{\n "a": 1,\n "b": oops\n}', 'json', 3],
    ['{\n "a": 1\n "b": 2\n}', 'json', 3],
    ['[1]', 'object', 0],
    ['{"": 1}', 'name', 1],
    ['{\n "a": "1"\n}', 'value', 2],
  ])('%s is refused as %s in line %i', (text, key, line) => {
    expect(readTable(text).wrong).toMatchObject({ key, line })
  })

  it('keeps a negative number only where it stood before', () => {
    expect(readTable('{"auto": -5}', { auto: -5 }).table).toEqual({ auto: -5 })
    expect(readTable('{"auto": -6}', { auto: -5 }).wrong?.key).toBe('negative')
  })

  it('is written in order', () => {
    expect(writeTable({ b: 2, a: 1 })).toBe('{\n  "a": 1,\n  "b": 2\n}')
  })
})

describe('changes of a table', () => {
  it('are what was added, changed and taken away', () => {
    expect(changesOf('ModelRatio', { a: 1, b: 2, c: 3 }, { a: 1, b: 5, d: 4 })).toEqual([
      { table: 'ModelRatio', name: 'b', before: 2, after: 5 },
      { table: 'ModelRatio', name: 'c', before: 3, after: undefined },
      { table: 'ModelRatio', name: 'd', before: undefined, after: 4 },
    ])
  })
})

describe('prices', () => {
  it('are two dollars a million tokens at ratio 1', () => {
    expect(priceOf(1, 500_000)).toBe(2)
    expect(ratioOf(0.2, 500_000)).toBe(0.1)
  })

  it('come back as the ratio they were', () => {
    for (const ratio of [0.075, 0.1, 1.25, 1.320754716981132, 30]) {
      expect(ratioOf(priceOf(ratio, 500_000), 500_000)).toBeCloseTo(ratio, 10)
    }
  })

  it('are read as people type them', () => {
    expect([typed(' 0,5 '), typed(''), typed('x'), typed('-1')]).toEqual([0.5, undefined, null, null])
  })
})
