/** /api/user as administrators use it: other people's accounts. */
import { request } from './http'
import { pageOf, type Asked } from './list'
import type { User } from './user'

export const UserStatus = { ENABLED: 1, DISABLED: 2, DELETED: 3 } as const

/** An account as administrators see it. */
export interface Account extends User {
  /** Who invited; 0 is nobody. */
  inviter_id: number
}

export interface AccountQuery extends Asked {
  keyword?: string
  role?: string
  status?: string
  group?: string
  /** `quota`, `used_quota` or `request_count`; all descend. */
  order?: string
}

export interface NewAccount {
  username: string
  password: string
  display_name?: string
}

export interface AccountChange {
  username?: string
  password?: string
  display_name?: string
  group?: string
  quota?: number
  /** The balance that the form had loaded; only the difference is booked then. */
  original_quota?: number
}

export type Action = 'enable' | 'disable' | 'delete' | 'promote' | 'demote'

export const listUsers = (asked: AccountQuery) => pageOf<Account>('/user/', { ...asked })
export const getUser = (id: number) => request<Account>('GET', `/user/${id}`)
export const createUser = (draft: NewAccount) => request<null>('POST', '/user/', draft)
export const updateUser = (id: number, change: AccountChange) =>
  request<null>('PUT', '/user/', { id, ...change })
export const manageUser = (username: string, action: Action) =>
  request<Pick<User, 'role' | 'status'>>('POST', '/user/manage', { username, action })

/** Finds an account by its exact name; `null` if there is none. */
export async function findUser(username: string): Promise<Account | null> {
  const found = await request<Account[] | null>('GET', `/user/search?${new URLSearchParams({ keyword: username })}`)
  return found?.find((user) => user.username === username) ?? null
}
