/** The tables of ratios and prices: reading, comparing, and dollars beside ratios.  Pure. */

/** Tables with a number for each model; all but the first two are missing from a plain One API. */
export const MODEL_TABLES = [
  'ModelRatio', 'CompletionRatio', 'CacheRatio', 'CacheWriteRatio', 'CacheWrite1hRatio', 'AudioRatio',
  'AudioCompletionRatio', 'ImageTokenRatio', 'ReasoningRatio', 'ModelFixedPrice', 'ModelImagePrice',
  'ModelSecondPrice', 'ModelCharPrice',
] as const
export const TABLES = [...MODEL_TABLES, 'GroupRatio'] as const
export type TableKey = (typeof TABLES)[number]
/** Lists of numbers, edited as text only. */
export const TIERS = 'LongContextTiers'

export const MORE_TABLES = MODEL_TABLES.slice(2)
/** Dollars instead of ratios. */
export const IN_DOLLARS: readonly TableKey[] = ['ModelFixedPrice', 'ModelImagePrice', 'ModelSecondPrice', 'ModelCharPrice']
/** What a model without a ratio costs. */
export const FALLBACK_RATIO = 30

export type Table = Record<string, number>

/** Why a text is no table; `line` counts from 1, 0 where it is not known. */
export interface Wrong {
  key: 'json' | 'object' | 'name' | 'value' | 'negative'
  line: number
  name: string
}

export type Read = { table: Table; wrong?: undefined } | { table?: undefined; wrong: Wrong }

/** Reads a JSON object of numbers; with `saved`, a negative one passes only where it stood before. */
export function readTable(text: string, saved?: Table): Read {
  let tree: unknown
  try {
    tree = JSON.parse(text || '{}')
  } catch (error) {
    return { wrong: { key: 'json', line: lineOf(text, error), name: '' } }
  }
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) return { wrong: { key: 'object', line: 0, name: '' } }
  for (const [name, value] of Object.entries(tree)) {
    const wrong = problemOf(name, value, saved)
    if (wrong) return { wrong: { key: wrong, line: lineOfName(text, name), name } }
  }
  return { table: tree as Table }
}

function problemOf(name: string, value: unknown, saved: Table | undefined): Wrong['key'] | null {
  if (!name.trim()) return 'name'
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'value'
  return value < 0 && saved && saved[name] !== value ? 'negative' : null
}

const TOKEN = /\s*(?:[{}[\]:,]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null)/iy

/** Where a text stops being JSON: as the browser says, else at the first thing that is no token. */
function lineOf(text: string, error: unknown): number {
  const said = /position (\d+)/.exec(error instanceof Error ? error.message : '')
  const at = said ? Number(said[1]) : endOfTokens(text)
  return text.slice(0, at).split('\n').length
}

function endOfTokens(text: string): number {
  let end = 0
  TOKEN.lastIndex = 0
  while (TOKEN.test(text)) end = TOKEN.lastIndex
  return end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0)
}

function lineOfName(text: string, name: string): number {
  const at = text.indexOf(JSON.stringify(name))
  return at < 0 ? 0 : text.slice(0, at).split('\n').length
}

/** Writes a table as One API does, sorted, so that two saves can be compared. */
export function writeTable(table: Table): string {
  const names = Object.keys(table).sort()
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, table[name]])), null, 2)
}

export interface Change {
  table: TableKey
  name: string
  before: number | undefined
  after: number | undefined
}

export function changesOf(table: TableKey, before: Table, after: Table): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ table, name, before: before[name], after: after[name] }))
}

const MILLION = 1_000_000

/** Dollars of a million tokens at a ratio. */
export function priceOf(ratio: number, perUnit: number): number {
  return perUnit > 0 ? clean((ratio * MILLION) / perUnit) : 0
}

export function ratioOf(price: number, perUnit: number): number {
  return clean((price * perUnit) / MILLION)
}

/** Takes the noise of doubles off the end. */
export function clean(value: number): number {
  return Number(value.toPrecision(12))
}

/** A number somebody typed; `undefined` for nothing, `null` for what is none or below zero. */
export function typed(text: string): number | undefined | null {
  const trimmed = text.trim().replace(',', '.')
  if (!trimmed) return undefined
  const value = Number(trimmed)
  return Number.isFinite(value) && value >= 0 ? value : null
}
