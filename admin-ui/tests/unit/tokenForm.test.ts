import { describe, expect, it } from 'vitest'
import { draftOf, FRESH, namesOf, problemsOf, valuesOf } from '@/features/token/tokenForm'

const NOW_S = 1_800_000_000
const NAMED = { ...FRESH, name: 'mine' }

describe('a new token', () => {
  it('needs a name', () => {
    expect(problemsOf({ ...FRESH, name: ' ' }, null, NOW_S)).toEqual({ name: 'needed' })
    expect(problemsOf(NAMED, null, NOW_S)).toEqual({})
  })

  it('has a name of 30 characters at most, whatever bytes they take', () => {
    expect(problemsOf({ ...FRESH, name: '名'.repeat(30) }, null, NOW_S)).toEqual({})
    expect(problemsOf({ ...FRESH, name: '名'.repeat(31) }, null, NOW_S)).toEqual({ name: 'tooLong' })
  })

  it('leaves room for a random ending when there are several', () => {
    expect(problemsOf({ ...FRESH, name: 'a'.repeat(24), count: 2 }, null, NOW_S)).toEqual({ name: 'tooLong' })
    expect(problemsOf({ ...FRESH, name: 'a'.repeat(23), count: 2 }, null, NOW_S)).toEqual({})
  })

  it('ends in the future', () => {
    expect(problemsOf({ ...NAMED, expired_time: NOW_S }, null, NOW_S)).toEqual({ expired_time: 'past' })
    expect(problemsOf({ ...NAMED, expired_time: NOW_S + 60 }, null, NOW_S)).toEqual({})
  })

  it('has a limit that is not negative, unless it has none', () => {
    expect(problemsOf({ ...NAMED, remain_quota: -1 }, null, NOW_S)).toEqual({ remain_quota: 'negative' })
    expect(problemsOf({ ...NAMED, remain_quota: -1, unlimited_quota: true }, null, NOW_S)).toEqual({})
  })

  it('is held to networks only', () => {
    expect(problemsOf({ ...NAMED, subnet: '10.0.0.0/8, fd00::/8' }, null, NOW_S)).toEqual({})
    expect(problemsOf({ ...NAMED, subnet: '10.0.0.1' }, null, NOW_S)).toEqual({ subnet: 'subnet' })
  })
})

describe('a stored token', () => {
  const stored = { ...FRESH, name: '', expired_time: NOW_S - 5, remain_quota: -1 }

  it('may keep what it has', () => {
    expect(problemsOf({ ...stored }, stored, NOW_S)).toEqual({})
  })

  it('shows lists that are null as empty', () => {
    const token = { id: 1, key: 'k', status: 1, created_time: 0, accessed_time: 0, used_quota: 0, models: null, subnet: null }
    const shown = valuesOf({ ...token, name: 'default', expired_time: -1, remain_quota: -1, unlimited_quota: true })
    expect([shown.models, shown.subnet]).toEqual(['', ''])
  })
})

describe('what travels', () => {
  it('is what was changed, without the number of tokens', () => {
    expect(draftOf({ name: ' mine ', count: 3 })).toEqual({ name: 'mine' })
  })

  it('has networks with commas and without blanks', () => {
    expect(draftOf({ subnet: '10.0.0.0/8,  fd00::/8 ' })).toEqual({ subnet: '10.0.0.0/8,fd00::/8' })
  })

  it('gives each of several tokens a name of its own', () => {
    expect(namesOf(' one ', 1)).toEqual(['one'])
    const names = namesOf('many', 5)
    expect(new Set(names).size).toBe(5)
    expect(names.every((name) => /^many-[A-Za-z0-9]{6}$/.test(name))).toBe(true)
  })
})
