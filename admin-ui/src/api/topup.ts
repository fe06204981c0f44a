/** Quota that comes in: redeemed codes, payments, what an administrator gives. */
import { query, request } from './http'

export interface TopUp {
  id: number
  /** Unix seconds. */
  created_at: number
  content: string
  /** Quota units; a redeemed code says its worth in `content` only. */
  quota: number
}

const TOP_UP = 1

/** Uses up a code; returns the quota that it added. */
export const redeemCode = (key: string) => request<number>('POST', '/user/topup', { key })

/** Adds quota to an account; an empty remark becomes a text of the server's. */
export const topUp = (user_id: number, quota: number, remark: string) =>
  request<null>('POST', '/topup', { user_id, quota, remark })

export const listTopUps = () =>
  request<TopUp[] | null>('GET', `/log/self${query({ p: 0, page_size: 10, type: TOP_UP })}`)
