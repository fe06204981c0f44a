/** /api/redemption: codes that add quota to whoever redeems them. */
import { oneByOne, orElse } from './fallback'
import { request } from './http'
import { pageOf, type Asked } from './list'

export const RedemptionStatus = { ENABLED: 1, DISABLED: 2, USED: 3 } as const

/** How many codes one call makes at most. */
export const MOST_AT_ONCE = 100

export interface Redemption {
  id: number
  name: string
  key: string
  status: number
  /** Quota units. */
  quota: number
  /** Unix seconds. */
  created_time: number
  /** Unix seconds; 0 is not yet. */
  redeemed_time: number
  /** 0 is nobody, or not known; not told by a plain One API. */
  used_user_id?: number
}

export interface RedemptionQuery extends Asked {
  keyword?: string
  status?: string
}

export type RedemptionDraft = Pick<Redemption, 'name' | 'quota'>

export const listRedemptions = (asked: RedemptionQuery) => pageOf<Redemption>('/redemption/', { ...asked })
export const getRedemption = (id: number) => request<Redemption>('GET', `/redemption/${id}`)

/** Makes codes and returns them. */
export const createRedemptions = (draft: RedemptionDraft, count: number) =>
  request<string[]>('POST', '/redemption/', { ...draft, count })

export const updateRedemption = (id: number, draft: Partial<RedemptionDraft>) =>
  request<Redemption>('PUT', '/redemption/', { id, ...draft })
export const setRedemptionStatus = (id: number, status: number) =>
  request<Redemption>('PUT', '/redemption/?status_only=true', { id, status })
export const deleteRedemption = (id: number) => request<null>('DELETE', `/redemption/${id}`)

/** Deletes many; returns how many there were. */
export const deleteRedemptions = (ids: number[]) =>
  orElse(
    () => request<number>('POST', '/redemption/batch', { ids }),
    () => oneByOne(ids, deleteRedemption),
  )

/** Enables or disables many, all or none; returns how many. */
export const setStatusOfRedemptions = (ids: number[], status: number) =>
  orElse(
    () => request<number>('PUT', '/redemption/batch', { ids, status }),
    () => oneByOne(ids, (id) => setRedemptionStatus(id, status)),
  )
