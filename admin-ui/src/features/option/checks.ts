/** What option values may be; the server checks the same again. */

export type Check = (text: string) => Problem | null
/** Key of a text in `option.bad`, and what goes into it. */
export interface Problem {
  key: 'integer' | 'number' | 'range' | 'positive' | 'long' | 'url' | 'domain'
  values?: Record<string, string | number>
}

const WHOLE = /^-?\d+$/
const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const DOMAIN = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/

export function integer(least: number, most?: number): Check {
  return (text) => {
    if (!WHOLE.test(text.trim())) return { key: 'integer' }
    return inside(Number(text), least, most)
  }
}

export function number(least: number): Check {
  return (text) => (NUMBER.test(text.trim()) ? inside(Number(text), least) : { key: 'number' })
}

export const aboveZero: Check = (text) => {
  if (!NUMBER.test(text.trim())) return { key: 'number' }
  return Number(text) > 0 ? null : { key: 'positive' }
}

export function atMost(characters: number): Check {
  return (text) => ([...text].length <= characters ? null : { key: 'long', values: { count: characters } })
}

/** An address of the web, or nothing. */
export const url: Check = (text) => {
  if (!text.trim()) return null
  const found = URL.canParse(text) ? new URL(text).protocol : ''
  return found === 'http:' || found === 'https:' ? null : { key: 'url' }
}

/** Mail domains, one a line or with commas between. */
export const domains: Check = (text) => {
  const wrong = domainsIn(text).find((name) => !DOMAIN.test(name))
  return wrong === undefined ? null : { key: 'domain', values: { name: wrong } }
}

export function domainsIn(text: string): string[] {
  return [...new Set(text.toLowerCase().split(/[\s,;]+/).filter(Boolean))]
}

function inside(value: number, least: number, most?: number): Problem | null {
  if (value >= least && (most === undefined || value <= most)) return null
  return { key: 'range', values: { least, most: most ?? '∞' } }
}
