/** The options as forms: which belong together, how each is typed, what may be in it. */
import { aboveZero, atMost, domains, integer, number, url, type Check } from './checks'

export type Kind =
  | 'text' | 'number' | 'quota' | 'switch' | 'secret' | 'domains' | 'choice' | 'markdown' | 'image' | 'callback'

export interface Field {
  key: string
  kind: Kind
  check?: Check
  choices?: readonly string[]
  /** Not shown by a plain One API; hidden there. */
  own?: boolean
  /** Path of the redirect that goes with a `callback`, whose field is no option. */
  path?: string
}

export interface Section {
  /** Anchor, and key of its title. */
  name: string
  fields: Field[]
  /** Where the keys of another service are made. */
  link?: string
}

const text = (key: string, check?: Check): Field => ({ key, kind: 'text', check })
const address = (key: string): Field => text(key, url)
const secret = (key: string): Field => ({ key, kind: 'secret' })
const toggle = (key: string): Field => ({ key, kind: 'switch' })
const whole = (key: string, most?: number): Field => ({ key, kind: 'number', check: integer(0, most) })
const quota = (key: string): Field => ({ key, kind: 'quota', check: integer(0) })
const callback = (path: string): Field => ({ key: 'callback', kind: 'callback', path })
const own = (field: Field): Field => ({ ...field, own: true })

export const OPERATION: Section[] = [
  {
    name: 'quota',
    fields: [
      quota('QuotaForNewUser'),
      quota('PreConsumedQuota'),
      quota('QuotaForInviter'),
      quota('QuotaForInvitee'),
      own(whole('InviteRewardDailyLimit')),
      own(whole('TokenCountLimit')),
      own(quota('ProxyCallQuota')),
    ],
  },
  {
    name: 'monitoring',
    fields: [
      { key: 'ChannelDisableThreshold', kind: 'number', check: number(0) },
      quota('QuotaRemindThreshold'),
      toggle('AutomaticDisableChannelEnabled'),
      toggle('AutomaticEnableChannelEnabled'),
      own(toggle('UpstreamErrorDetailEnabled')),
    ],
  },
  {
    name: 'general',
    fields: [
      address('TopUpLink'),
      address('ChatLink'),
      { key: 'QuotaPerUnit', kind: 'number', check: aboveZero },
      whole('RetryTimes', 10),
      own(text('CurrencySymbol', atMost(4))),
      own({ key: 'CurrencyRate', kind: 'number', check: aboveZero }),
      toggle('DisplayInCurrencyEnabled'),
      toggle('DisplayTokenStatEnabled'),
      toggle('ApproximateTokenEnabled'),
      own(toggle('RefuseUnpricedModelsEnabled')),
      own(toggle('PricingPublicEnabled')),
    ],
  },
  { name: 'logs', fields: [own(whole('LogRetentionDays')), toggle('LogConsumeEnabled')] },
]

export const SYSTEM: Section[] = [
  { name: 'address', fields: [address('ServerAddress')] },
  {
    name: 'login',
    fields: [
      toggle('PasswordLoginEnabled'),
      toggle('PasswordRegisterEnabled'),
      toggle('RegisterEnabled'),
      toggle('EmailVerificationEnabled'),
      toggle('GitHubOAuthEnabled'),
      own(toggle('OidcEnabled')),
      toggle('WeChatAuthEnabled'),
      toggle('TurnstileCheckEnabled'),
      own(toggle('TurnstileLoginEnabled')),
    ],
  },
  {
    name: 'domains',
    fields: [toggle('EmailDomainRestrictionEnabled'), { key: 'EmailDomainWhitelist', kind: 'domains', check: domains }],
  },
  {
    name: 'smtp',
    fields: [
      text('SMTPServer'),
      { key: 'SMTPPort', kind: 'number', check: integer(1, 65_535) },
      text('SMTPAccount'),
      text('SMTPFrom'),
      secret('SMTPToken'),
      own(toggle('SMTPSkipVerifyEnabled')),
    ],
  },
  {
    name: 'github',
    link: 'https://github.com/settings/developers',
    fields: [text('GitHubClientId'), secret('GitHubClientSecret'), callback('/oauth/github')],
  },
  {
    name: 'lark',
    link: 'https://open.feishu.cn/app',
    fields: [text('LarkClientId'), secret('LarkClientSecret'), callback('/oauth/lark')],
  },
  {
    name: 'oidc',
    fields: [
      text('OidcClientId'),
      secret('OidcClientSecret'),
      address('OidcWellKnown'),
      address('OidcAuthorizationEndpoint'),
      address('OidcTokenEndpoint'),
      address('OidcUserinfoEndpoint'),
      callback('/oauth/oidc'),
    ],
  },
  {
    name: 'wechat',
    link: 'https://github.com/songquanpeng/wechat-server',
    fields: [
      address('WeChatServerAddress'),
      secret('WeChatServerToken'),
      { key: 'WeChatAccountQRCodeImageURL', kind: 'image', check: url },
    ],
  },
  {
    name: 'pusher',
    link: 'https://github.com/songquanpeng/message-pusher',
    fields: [address('MessagePusherAddress'), secret('MessagePusherToken')],
  },
  {
    name: 'turnstile',
    link: 'https://dash.cloudflare.com/',
    fields: [text('TurnstileSiteKey'), secret('TurnstileSecretKey')],
  },
]

export const OTHER: Section[] = [
  { name: 'notice', fields: [{ key: 'Notice', kind: 'markdown' }] },
  {
    name: 'look',
    fields: [
      text('SystemName', atMost(60)),
      { key: 'Logo', kind: 'image', check: url },
      { key: 'Theme', kind: 'choice', choices: ['default', 'berry', 'air'] },
      { key: 'Appearance', kind: 'choice', choices: ['system', 'light', 'dark'], own: true },
    ],
  },
  { name: 'home', fields: [{ key: 'HomePageContent', kind: 'markdown' }] },
  { name: 'about', fields: [{ key: 'About', kind: 'markdown' }] },
  { name: 'footer', fields: [{ key: 'Footer', kind: 'markdown' }] },
]
