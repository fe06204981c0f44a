/** /api/pricing: what the models that can be reached cost. */
import { query, request } from './http'

export interface Offer {
  model: string
  owned_by: string
  groups: string[]
  model_ratio: number
  completion_ratio: number
  group_ratio: number
  /** Dollars a call; `null` where tokens are charged. */
  fixed_price: number | null
  cache_ratio: number
  /** Whether the price was set by somebody, or is the fallback for unknown models. */
  priced: boolean
  enabled: boolean
}

export const getPrices = (group = '') => request<Offer[]>('GET', `/pricing/${query({ group })}`)
