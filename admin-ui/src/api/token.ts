/** /api/token: the caller's own keys. */
import { query, request, requestEnvelope } from './http'

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

export interface TokenQuery {
  /** From 0. */
  page: number
  pageSize: number
  keyword?: string
  status?: string
}

export async function listTokens(asked: TokenQuery): Promise<{ rows: Token[]; total: number | null }> {
  const { page: p, pageSize: page_size, ...filters } = asked
  const answer = await requestEnvelope<Token[] | null>(
    'GET',
    `/token/${query({ p, page_size, ...filters })}`,
  )
  return { rows: answer.data ?? [], total: answer.total ?? null }
}

export const getToken = (id: number) => request<Token>('GET', `/token/${id}`)
export const createToken = (draft: TokenDraft) => request<Token>('POST', '/token/', draft)
export const updateToken = (id: number, draft: TokenDraft) =>
  request<Token>('PUT', '/token/', { id, ...draft })
export const setTokenStatus = (id: number, status: number) =>
  request<Token>('PUT', '/token/?status_only=true', { id, status })
export const deleteToken = (id: number) => request<null>('DELETE', `/token/${id}`)
