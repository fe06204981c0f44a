import { describe, expect, it } from 'vitest'
import { batchesOf, problemsOf } from '@/features/redemption/redemptionForm'
import { fileName } from '@/utils/fileName'

describe('codes', () => {
  it('are made a hundred at once', () => {
    expect(batchesOf(1)).toEqual([1])
    expect(batchesOf(100)).toEqual([100])
    expect(batchesOf(101)).toEqual([100, 1])
    expect(batchesOf(250)).toEqual([100, 100, 50])
  })

  it('have a name, a worth and a number', () => {
    expect(problemsOf({ name: '券', quota: 1, count: 1 })).toEqual({})
    expect(problemsOf({ name: ' ', quota: 0, count: 0 })).toEqual({ name: 'name', quota: 'quota', count: 'count' })
    expect(problemsOf({ name: '名'.repeat(21), quota: -5, count: 1.5 })).toEqual({
      name: 'name',
      quota: 'quota',
      count: 'count',
    })
  })
})

describe('a file', () => {
  it('has a name that every system takes', () => {
    expect(fileName('gift/2026: "a"?', 'txt')).toBe('gift_2026_ _a__.txt')
    expect(fileName('春节', 'txt')).toBe('春节.txt')
    expect(fileName('...', 'txt')).toBe('file.txt')
  })
})
