import { describe, expect, it } from 'vitest'
import { actionsFor, isGoverned } from '@/features/user/permissions'

const [USER, ADMIN, ROOT] = [1, 10, 100]
const account = (role: number, status = 1) => ({ role, status })

describe('another account', () => {
  it('is governed by higher roles, and every one by root', () => {
    expect(isGoverned(account(USER), ADMIN)).toBe(true)
    expect(isGoverned(account(ADMIN), ADMIN)).toBe(false)
    expect(isGoverned(account(ROOT), ADMIN)).toBe(false)
    expect(isGoverned(account(ADMIN), ROOT)).toBe(true)
  })

  it('is promoted by root alone', () => {
    expect(actionsFor(account(USER), ADMIN)).toEqual(['disable', 'delete'])
    expect(actionsFor(account(USER), ROOT)).toEqual(['disable', 'promote', 'delete'])
  })

  it('is demoted when it is an administrator', () => {
    expect(actionsFor(account(ADMIN), ROOT)).toEqual(['disable', 'demote', 'delete'])
  })

  it('can be enabled again', () => {
    expect(actionsFor(account(USER, 2), ADMIN)).toEqual(['enable', 'delete'])
  })

  it('of root is left alone', () => {
    expect(actionsFor(account(ROOT), ROOT)).toEqual([])
    expect(actionsFor(account(ADMIN), ADMIN)).toEqual([])
  })
})
