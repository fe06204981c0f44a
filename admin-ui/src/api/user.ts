/** /api/user: signing in and the own account. */
import { orElse } from './fallback'
import { query, request } from './http'

export const Role = { GUEST: 0, USER: 1, ADMIN: 10, ROOT: 100 } as const

export interface User {
  id: number
  username: string
  display_name: string
  role: number
  status: number
  email: string
  group: string
  /** Quota units; what is left. */
  quota: number
  /** Quota units; what was spent in all. */
  used_quota: number
  request_count: number
  github_id: string
  wechat_id: string
  lark_id: string
  oidc_id: string
  aff_code: string
  need_change_password?: boolean
}

export interface Credentials {
  username: string
  password: string
}

export const login = (given: Credentials, turnstile = '') =>
  request<User>('POST', `/user/login${query({ turnstile })}`, given)

export interface Registration {
  username: string
  password: string
  email?: string
  verification_code?: string
  /** The code of whoever invited. */
  aff_code?: string
}

export const register = (given: Registration, turnstile: string) =>
  request<null>('POST', `/user/register${query({ turnstile })}`, given)

export const logout = () => request<null>('GET', '/user/logout')
export const getSelf = () => request<User>('GET', '/user/self')

export interface OwnChange {
  username?: string
  display_name?: string
  password?: string
  original_password?: string
}

export const updateSelf = (change: OwnChange) => request<null>('PUT', '/user/self', change)
export const deleteSelf = () => request<null>('DELETE', '/user/self')
export const signOutEverywhere = () => request<null>('POST', '/user/sign_out_everywhere')
export const invitationCode = () => request<string>('GET', '/user/aff')

/** Makes a new token for the management API; the old one ends at once. */
export const newAccessToken = () =>
  orElse(
    () => request<string>('POST', '/user/token'),
    () => request<string>('GET', '/user/token'),
  )

export const availableModels = () => request<string[] | null>('GET', '/user/available_models')
