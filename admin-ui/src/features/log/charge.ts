/** How a charge comes about, from what a log row says of it. */
import type { LogRow } from '@/api/log'

export interface Attempt {
  channel_id: number
  status: number
  code: string
}

/** What `other` of a log row may hold. */
export interface LogDetails {
  model_ratio?: number
  group_ratio?: number
  completion_ratio?: number
  requested_model?: string
  cached_tokens?: number
  cache_write_tokens?: number
  cache_write_1h_tokens?: number
  reasoning_tokens?: number
  audio_tokens?: number
  image_tokens?: number
  usage_source?: string
  dropped?: string[]
  first_byte_ms?: number
  ended?: string
  attempts?: Attempt[]
}

export const KINDS = [
  'cached_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'reasoning_tokens',
  'audio_tokens',
  'image_tokens',
] as const

/**
 * Why the charge is what it is.
 *
 * `exact`: the plain formula gives it. `rounded`: it does, as far as the ratios are known.
 * `kinds`: some tokens have a price of their own. `other`: another price was applied.
 */
export type Verdict = 'exact' | 'rounded' | 'kinds' | 'other'

export interface Explanation {
  modelRatio: number
  groupRatio: number
  completionRatio: number
  /** Prompt tokens, and completion tokens times their ratio. */
  units: number
  /** What the plain formula gives, in quota units. */
  plain: number
  verdict: Verdict
}

const ROUNDING = 0.02
const NUMBER = '(\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)'
/** One API writes `15.00 × 1.00 × 3.00`: model, group, completion. */
const PRODUCT = new RegExp(`${NUMBER} × ${NUMBER} × ${NUMBER}`)
/** This program writes the three with a word before each. */
const LISTED = new RegExp(`^[^\\d$]+${NUMBER}[^\\d$]+${NUMBER}[^\\d$]+${NUMBER}$`)
const FIXED = new RegExp(`^[^\\d$]+\\$${NUMBER}$`)

export function detailsOf(row: Pick<LogRow, 'other'>): LogDetails {
  try {
    const found: unknown = JSON.parse(row.other || '{}')
    return found !== null && typeof found === 'object' ? (found as LogDetails) : {}
  } catch {
    return {}
  }
}

/** Dollars a call, where a fixed price was charged. */
export function fixedPriceOf(row: Pick<LogRow, 'content'>): number | null {
  const found = FIXED.exec(row.content.trim())
  return found ? Number(found[1]) : null
}

/** Explains the charge of a call; `null` where the row names no ratios. */
export function explain(row: LogRow): Explanation | null {
  const details = detailsOf(row)
  const known = details.model_ratio !== undefined
  const ratios = known
    ? [details.model_ratio ?? 0, details.group_ratio ?? 1, details.completion_ratio ?? 1]
    : ratiosIn(row.content)
  if (!ratios) return null
  const [modelRatio = 0, groupRatio = 1, completionRatio = 1] = ratios
  const units = row.prompt_tokens + row.completion_tokens * completionRatio
  const ratio = modelRatio * groupRatio
  const hasTokens = row.prompt_tokens + row.completion_tokens > 0
  const rounded = Math.ceil(units * ratio)
  const plain = hasTokens && ratio > 0 ? Math.max(rounded, 1) : 0
  return { modelRatio, groupRatio, completionRatio, units, plain, verdict: verdict(row, details, plain, known) }
}

function ratiosIn(content: string): number[] | null {
  const found = PRODUCT.exec(content) ?? LISTED.exec(content.trim())
  return found ? found.slice(1).map(Number) : null
}

function verdict(row: LogRow, details: LogDetails, plain: number, known: boolean): Verdict {
  if (row.quota === plain) return 'exact'
  if (!known && Math.abs(row.quota - plain) <= Math.max(row.quota * ROUNDING, 1)) return 'rounded'
  return KINDS.some((kind) => details[kind]) ? 'kinds' : 'other'
}

/** Completion tokens a second, where they can be told. */
export function tokensPerSecond(row: Pick<LogRow, 'completion_tokens' | 'elapsed_time'>): number | null {
  return row.completion_tokens > 0 && row.elapsed_time > 0
    ? (row.completion_tokens / row.elapsed_time) * 1000
    : null
}

export type Pace = 'success' | 'info' | 'warning' | 'danger'

/** How good a waiting time is. */
export function paceOf(milliseconds: number): Pace {
  if (milliseconds < 1000) return 'success'
  if (milliseconds < 3000) return 'info'
  return milliseconds < 10_000 ? 'warning' : 'danger'
}
