import { describe, expect, it } from 'vitest'
import type { Offer } from '@/api/pricing'
import { narrowed, priceOf } from '@/features/price/prices'

const OFFER: Offer = {
  model: 'gpt-4o', owned_by: 'openai', groups: ['default'], model_ratio: 1.25, completion_ratio: 4,
  group_ratio: 1, fixed_price: null, cache_ratio: 1, priced: true, enabled: true,
}

describe('prices of a model', () => {
  it('follow from ratios, the group’s among them', () => {
    expect(priceOf(OFFER, 500_000)).toEqual({ input: 2.5, output: 10, cached: null, fixed: null })
    expect(priceOf({ ...OFFER, group_ratio: 0.8, cache_ratio: 0.5 }, 500_000)).toMatchObject({ input: 2, output: 8, cached: 1 })
  })

  it('are one figure where calls have a fixed price', () => {
    expect(priceOf({ ...OFFER, fixed_price: 0.04, group_ratio: 2 }, 500_000)).toEqual({
      input: null, output: null, cached: null, fixed: 0.08,
    })
  })

  it('are shown for models that the group can reach', () => {
    const offers = [OFFER, { ...OFFER, model: 'o1', enabled: false }, { ...OFFER, model: 'claude', owned_by: 'anthropic' }]
    expect(narrowed(offers, 'GPT', '').map(({ model }) => model)).toEqual(['gpt-4o'])
    expect(narrowed(offers, '', 'anthropic').map(({ model }) => model)).toEqual(['claude'])
  })
})
