/** Chat clients: a name and an address with places for the key and the server. */

export interface Chat {
  name: string
  url: string
}

/** Reads the list as it is kept: objects of one pair each. */
export function chatsOf(list: readonly Record<string, string>[]): Chat[] {
  return list.flatMap((pair) => Object.entries(pair)).map(([name, url]) => ({ name, url }))
}

export function chatsText(chats: readonly Chat[]): string {
  return JSON.stringify(chats.map(({ name, url }) => ({ [name]: url })))
}

const RUNS_HERE = /^\s*(javascript|data|vbscript):/i

/** Whether an address may be opened at all; programs of this machine may, scripts may not. */
export function isOpenable(url: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(url.trim()) && !RUNS_HERE.test(url)
}

/** Whether it can stand inside of a page. */
export function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url.trim())
}

/** Fills in the places; NextChat's form where a link has none and a key is given. */
export function chatAddress(url: string, key: string, server: string): string {
  if (/\{(key|address|server)\}/.test(url)) {
    return url
      .replaceAll('{key}', key)
      .replaceAll('{address}', encodeURIComponent(server))
      .replaceAll('{server}', encodeURIComponent(server))
  }
  if (!key) return url
  const settings = encodeURIComponent(JSON.stringify({ key, url: server }))
  return `${url.replace(/\/+$/, '')}/#/?settings=${settings}`
}
