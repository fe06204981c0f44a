/** /api/option: what root changes while the server runs.  Values are texts, in and out. */
import { ApiError, query, request } from './http'

export type OptionValues = Record<string, string>

/** Every option that may be shown; secrets are not among them. */
export async function getOptions(): Promise<OptionValues> {
  const rows = await request<{ key: string; value: string }[]>('GET', '/option/')
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}

export const setOption = (key: string, value: string) => request<null>('PUT', '/option/', { key, value })

/** Changes several at once, all or none; one by one on a server that cannot. */
export async function setOptions(changes: OptionValues): Promise<void> {
  const options = Object.entries(changes).map(([key, value]) => ({ key, value }))
  if (options.length === 1) return void (await setOption(options[0]!.key, options[0]!.value))
  try {
    await request<null>('POST', '/option/batch', { options })
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
    for (const { key, value } of options) await setOption(key, value)
  }
}

const MAIL_MS = 60_000

export const sendTestMail = (to: string) =>
  request<null>('POST', '/option/test_mail', { to }, { timeoutMs: MAIL_MS })
export const sendTestPush = () => request<null>('POST', '/option/test_pusher', {}, { timeoutMs: MAIL_MS })

export interface OidcEndpoints {
  authorization_endpoint: string
  token_endpoint: string
  userinfo_endpoint: string
}

export const discoverOidc = (url: string) =>
  request<OidcEndpoints>('GET', `/option/oidc_discovery${query({ url })}`)
