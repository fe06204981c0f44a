/** Services that people can sign in with, and the addresses that a browser is sent to. */
import { setOut, type Provider } from '@/api/oauth'
import type { Status } from '@/api/status'

export const PROVIDERS: Provider[] = ['github', 'lark', 'oidc']

/** Whether an administrator has switched a service on. */
export function isOffered(provider: Provider, status: Status): boolean {
  if (provider === 'github') return status.github_oauth
  return provider === 'lark' ? status.lark_client_id !== '' : status.oidc
}

/** Whether the service will send the browser back to another address than this page's. */
export function returnsElsewhere(provider: Provider, status: Status, origin: string): boolean {
  return provider !== 'github' && status.server_address.replace(/\/+$/, '') !== origin
}

/** Where a service asks for consent, as One API's pages build it. */
export function consentAddress(provider: Provider, status: Status, state: string, origin: string): string {
  const address = new URL(ADDRESSES[provider](status))
  for (const [name, value] of Object.entries(QUERIES[provider](status, origin))) {
    address.searchParams.set(name, value)
  }
  address.searchParams.set('state', state)
  // Not every service reads a plus as a blank; %20 means one everywhere.
  address.search = address.search.replace(/\+/g, '%20')
  return address.href
}

/** Sends the browser to a service; it comes back to `/oauth/<service>`. */
export async function leaveFor(provider: Provider, status: Status): Promise<void> {
  const { state, address } = await setOut(provider)
  location.assign(address || consentAddress(provider, status, state, location.origin))
}

const ADDRESSES: Record<Provider, (status: Status) => string> = {
  github: () => 'https://github.com/login/oauth/authorize',
  lark: () => 'https://accounts.feishu.cn/open-apis/authen/v1/authorize',
  oidc: (status) => status.oidc_authorization_endpoint,
}

const QUERIES: Record<Provider, (status: Status, origin: string) => Record<string, string>> = {
  github: (status) => ({ client_id: status.github_client_id, scope: 'user:email' }),
  lark: (status, origin) => ({
    redirect_uri: `${origin}/oauth/lark`,
    client_id: status.lark_client_id,
  }),
  oidc: (status, origin) => ({
    client_id: status.oidc_client_id,
    redirect_uri: `${origin}/oauth/oidc`,
    response_type: 'code',
    scope: 'openid profile email',
  }),
}
