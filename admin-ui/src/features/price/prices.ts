/** What a model costs a group, in dollars.  Pure. */
import type { Offer } from '@/api/pricing'

const MILLION = 1_000_000

export interface Price {
  /** Dollars of a million tokens; `null` where a call has a fixed price. */
  input: number | null
  output: number | null
  cached: number | null
  /** Dollars a call. */
  fixed: number | null
}

export function priceOf(offer: Offer, perUnit: number): Price {
  if (offer.fixed_price !== null) {
    return { input: null, output: null, cached: null, fixed: tidy(offer.fixed_price * offer.group_ratio) }
  }
  const input = perUnit > 0 ? (offer.model_ratio * offer.group_ratio * MILLION) / perUnit : 0
  return {
    input: tidy(input),
    output: tidy(input * offer.completion_ratio),
    cached: offer.cache_ratio === 1 ? null : tidy(input * offer.cache_ratio),
    fixed: null,
  }
}

export function narrowed(offers: readonly Offer[], keyword: string, owner: string): Offer[] {
  const word = keyword.toLowerCase()
  return offers.filter(
    (offer) => offer.enabled && offer.model.toLowerCase().includes(word) && (!owner || offer.owned_by === owner),
  )
}

function tidy(value: number): number {
  return Number(value.toPrecision(6))
}
