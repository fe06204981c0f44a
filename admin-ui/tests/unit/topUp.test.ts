import { describe, expect, it } from 'vitest'
import { buyLink } from '@/features/topup/buyLink'
import { randomText, randomUuid } from '@/utils/random'

describe('the link to buy quota', () => {
  it('says who buys and keeps what it had', () => {
    const link = buyLink('https://pay.example.com/?shop=1&username=x', { id: 7, username: 'a&b' }, 'tx')
    expect(link).toBe('https://pay.example.com/?shop=1&username=a%26b&user_id=7&transaction_id=tx')
  })

  it('is none without a web address', () => {
    for (const link of ['', 'shop', 'javascript:alert(1)']) {
      expect(buyLink(link, { id: 7, username: 'a' }, 'tx')).toBe('')
    }
  })
})

describe('random texts', () => {
  it('are UUIDs of version 4', () => {
    expect(randomUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('have the length asked for', () => {
    expect(randomText(16)).toMatch(/^[A-HJ-NP-Za-km-z2-9]{16}$/)
  })
})
