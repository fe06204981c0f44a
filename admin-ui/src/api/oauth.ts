/** /api/oauth: signing in with other services, and binding them to the own account. */
import { query, request, requestEnvelope } from './http'
import type { User } from './user'

export type Provider = 'github' | 'lark' | 'oidc'
export type Binding = Provider | 'wechat' | 'email'

export interface Departure {
  /** Comes back with the browser. */
  state: string
  /** Where to send the browser; empty from a plain One API. */
  address: string
}

export async function setOut(provider: Provider): Promise<Departure> {
  const answer = await requestEnvelope<string>('GET', `/oauth/state${query({ provider })}`)
  const address = answer.authorization_url
  return { state: answer.data, address: typeof address === 'string' ? address : '' }
}

/** Hands over what the browser came back with; `null` means bound to the account signed in. */
export async function comeBack(provider: Provider, code: string, state: string): Promise<User | null> {
  const answer = await requestEnvelope<User>('GET', `/oauth/${provider}${query({ code, state })}`)
  return answer.message === 'bind' ? null : answer.data
}

export const signInWithWeChat = (code: string) => request<User>('GET', `/oauth/wechat${query({ code })}`)
export const bindWeChat = (code: string) => request<null>('GET', `/oauth/wechat/bind${query({ code })}`)
export const unbind = (binding: Binding) => request<null>('DELETE', `/oauth/bind/${binding}`)
