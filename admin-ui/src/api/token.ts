/** /api/token: the caller's own keys. */
import { oneByOne, orElse } from './fallback'
import { request } from './http'
import { pageOf, type Asked } from './list'

export const TokenStatus = { ENABLED: 1, DISABLED: 2, EXPIRED: 3, EXHAUSTED: 4 } as const

export interface Token {
  id: number
  name: string
  /** 48 characters, without `sk-`. */
  key: string
  status: number
  /** Unix seconds. */
  created_time: number
  accessed_time: number
  /** Unix seconds; -1 is never. */
  expired_time: number
  /** Quota units. */
  remain_quota: number
  used_quota: number
  unlimited_quota: boolean
  /** Names with commas between; empty or null allows all. */
  models: string | null
  subnet: string | null
}

export type TokenDraft = Partial<Pick<Token,
  'name' | 'expired_time' | 'remain_quota' | 'unlimited_quota' | 'models' | 'subnet' | 'status'>>

export interface TokenQuery extends Asked {
  keyword?: string
  status?: string
  /** `remain_quota` or `used_quota`; both descend. */
  order?: string
}

export const listTokens = (asked: TokenQuery) => pageOf<Token>('/token/', { ...asked })
export const getToken = (id: number) => request<Token>('GET', `/token/${id}`)
export const createToken = (draft: TokenDraft) => request<Token>('POST', '/token/', draft)
export const updateToken = (id: number, draft: TokenDraft) =>
  request<Token>('PUT', '/token/', { id, ...draft })
export const setTokenStatus = (id: number, status: number) =>
  request<Token>('PUT', '/token/?status_only=true', { id, status })
export const deleteToken = (id: number) => request<null>('DELETE', `/token/${id}`)

/** Deletes many; returns how many there were. */
export const deleteTokens = (ids: number[]) =>
  orElse(
    () => request<number>('POST', '/token/batch', { ids }),
    () => oneByOne(ids, deleteToken),
  )

/** Enables or disables many, all or none; returns how many. */
export const setStatusOfTokens = (ids: number[], status: number) =>
  orElse(
    () => request<number>('PUT', '/token/batch', { ids, status }),
    () => oneByOne(ids, (id) => setTokenStatus(id, status)),
  )
