/** How a key is handed to client programs; the texts are the ones that One API gives out. */
import { curlExample } from '@/utils/address'

export interface Handout {
  /** Without `sk-`. */
  key: string
  /** The server's public address, without a slash at its end. */
  server: string
  /** The operator's chat page, or empty. */
  chatLink: string
  /** Further chat pages, one pair of name and address each. */
  chats: readonly Record<string, string>[]
}

export interface Format {
  /** A text's key, or the operator's own name for a chat page. */
  name: string
  isOwn: boolean
  /** What is copied. */
  text: string
  /** What is opened; empty if there is nothing to open. */
  address: string
}

const NEXT_CHAT = 'https://app.nextchat.dev'
const LETHAL = /^\s*(javascript|data|vbscript):/i

/** Every format, the plain key first. */
export function formatsOf(given: Handout): Format[] {
  const key = `sk-${given.key}`
  const base = `${given.server}/v1`
  return [
    copied('key', key),
    nextChat(given, key),
    copied('ama', `ama://set-api-key?server=${encodeURIComponent(given.server)}&key=${key}`, true),
    copied('opencat', `opencat://team/join?domain=${encodeURIComponent(given.server)}&token=${key}`, true),
    ...lobeChat(given, key),
    ...given.chats.flatMap((chat) => ownChats(chat, given.server, key)),
    copied('curl', curlExample(base, key, 'gpt-4o-mini')),
    copied('env', `OPENAI_BASE_URL=${base}\nOPENAI_API_KEY=${key}`),
  ]
}

/** The web site that an address hands the key to; empty for a program on this machine. */
export function siteOf(address: string): string {
  return /^https?:/i.test(address) ? new URL(address).host : ''
}

/** The key that goes through one channel only; administrators may use it. */
export function keyOfChannel(key: string, channel: number): string {
  return `sk-${key}-${channel}`
}

/** Enough of a key to know it again. */
export function maskedKey(key: string): string {
  return key.length > 8 ? `sk-${key.slice(0, 4)}…${key.slice(-4)}` : `sk-${key}`
}

function copied(name: string, text: string, opens = false): Format {
  return { name, isOwn: false, text, address: opens ? text : '' }
}

function nextChat({ chatLink, server }: Handout, key: string): Format {
  return withSettings('nextchat', `${trimmed(chatLink) || NEXT_CHAT}/#/?settings=`, `{"key":"${key}","url":"${server}"}`)
}

function lobeChat({ chatLink, server }: Handout, key: string): Format[] {
  if (!chatLink) return []
  const settings = `{"keyVaults":{"openai":{"apiKey":"${key}","baseURL":"${server}/v1"}}}`
  return [withSettings('lobechat', `${trimmed(chatLink)}/?settings=`, settings)]
}

function ownChats(chat: Record<string, string>, server: string, key: string): Format[] {
  const filled = Object.entries(chat).map(([name, template]) => {
    const address = template
      .replaceAll('{key}', key)
      .replaceAll('{address}', encodeURIComponent(server))
      .replaceAll('{server}', encodeURIComponent(server))
    return { name, isOwn: true, text: address, address }
  })
  return filled.filter(({ address }) => URL.canParse(address) && !LETHAL.test(address))
}

function withSettings(name: string, start: string, settings: string): Format {
  const address = start + encodeURIComponent(settings)
  return { name, isOwn: false, text: start + settings, address: URL.canParse(address) && !LETHAL.test(address) ? address : '' }
}

function trimmed(link: string): string {
  return link.replace(/\/+$/, '')
}
