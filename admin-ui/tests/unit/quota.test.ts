import { describe, expect, it } from 'vitest'
import { showQuota, unitsOf, type Currency } from '@/utils/quota'

const DOLLARS: Currency = { perUnit: 500_000, inCurrency: true, symbol: '$', rate: 1 }
const UNITS: Currency = { ...DOLLARS, inCurrency: false }

describe('quota', () => {
  it.each([
    [0, '$0.00'],
    [500_000, '$1.00'],
    [-750_000, '−$1.50'],
    [3, '$0.000006'],
    [4_999, '$0.009998'],
    [5_000, '$0.01'],
  ])('shows %i units as %s', (units, text) => {
    expect(showQuota(units, DOLLARS)).toBe(text)
  })

  it.each([
    [9_999, '9999'],
    [12_345, '12.3k'],
    [1_200_000, '1.2M'],
    [3_400_000_000, '3.4B'],
  ])('shortens %i units to %s', (units, text) => {
    expect(showQuota(units, UNITS)).toBe(text)
  })

  it('is no money where nobody knows what a dollar is', () => {
    expect(showQuota(7, { ...DOLLARS, perUnit: 0 })).toBe('7')
  })

  it('turns money into whole units', () => {
    expect(unitsOf(1.5, { ...DOLLARS, rate: 2 })).toBe(375_000)
  })
})
