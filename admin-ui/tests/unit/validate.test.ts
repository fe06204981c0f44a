import { describe, expect, it } from 'vitest'
import { isEmail, isNetwork, isPassword, isUsername } from '@/utils/validate'

describe('networks', () => {
  it.each(['192.168.0.0/24', '0.0.0.0/0', '255.255.255.255/32', '::/0', '::1/128', 'fd00::/8', '2001:db8::1:2/64',
    '1:2:3:4:5:6:7:8/128', '::ffff:10.0.0.0/104'])('%s is one', (text) => {
    expect(isNetwork(text)).toBe(true)
  })

  it.each(['', '10.0.0.1', '10.0.0.0/33', '10.0.0/8', '256.0.0.0/8', '010.0.0.0/8', '10.0.0.0/8/8', '10.0.0.0/',
    '10.0.0.0/-1', '::/129', '1::2::3/64', '1:2:3/64', 'fd00::g/8', '1:2:3:4:5:6:7::8/64', 'name/8'])(
    '%s is none',
    (text) => {
      expect(isNetwork(text)).toBe(false)
    },
  )
})

describe('accounts', () => {
  it('have names of 1 to 12 characters', () => {
    expect([isUsername('a'), isUsername('名'.repeat(12))]).toEqual([true, true])
    expect([isUsername('  '), isUsername('a'.repeat(13))]).toEqual([false, false])
  })

  it('have passwords of 8 to 20 characters', () => {
    expect([isPassword('12345678'), isPassword('a'.repeat(20))]).toEqual([true, true])
    expect([isPassword('1234567'), isPassword('a'.repeat(21))]).toEqual([false, false])
  })

  it('have addresses with a domain', () => {
    expect([isEmail('a+b@example.com'), isEmail('a@b'), isEmail('a b@example.com')]).toEqual([true, false, false])
  })
})
