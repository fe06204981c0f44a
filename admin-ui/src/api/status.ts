/** /api/status and the operator's texts, open to everybody. */
import { request } from './http'

export interface Status {
  version: string
  /** Unix seconds. */
  start_time: number
  system_name: string
  logo: string
  footer_html: string
  server_address: string
  top_up_link: string
  chat_link: string
  quota_per_unit: number
  display_in_currency: boolean
  email_verification: boolean
  github_oauth: boolean
  github_client_id: string
  lark_client_id: string
  oidc: boolean
  oidc_client_id: string
  oidc_authorization_endpoint: string
  wechat_login: boolean
  wechat_qrcode: string
  turnstile_check: boolean
  turnstile_site_key: string
  /** Not told by a plain One API: everything is shown then. */
  turnstile_login?: boolean
  password_login?: boolean
  password_register?: boolean
  register?: boolean
  theme?: string
  appearance?: string
  pricing_public?: boolean
  currency_symbol?: string
  currency_rate?: number
  /** Chat clients: one pair of name and address each. */
  chats?: Record<string, string>[]
}

export const getStatus = () => request<Status>('GET', '/status')
export const getNotice = () => request<string>('GET', '/notice')
export const getAbout = () => request<string>('GET', '/about')
export const getHomePage = () => request<string>('GET', '/home_page_content')
