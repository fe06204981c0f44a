/** Making codes: what a form checks, and how many calls a number of codes takes. */
import { MOST_AT_ONCE } from '@/api/redemption'
import { lengthOf } from '@/utils/validate'

export const LONGEST_NAME = 20
export const MOST_CODES = 1000

export interface RedemptionValues {
  name: string
  /** Quota units of each code. */
  quota: number
  count: number
}

export type Problem = 'name' | 'quota' | 'count'

export function problemsOf(values: RedemptionValues): Partial<Record<keyof RedemptionValues, Problem>> {
  const length = lengthOf(values.name.trim())
  const isCount = Number.isInteger(values.count) && values.count >= 1 && values.count <= MOST_CODES
  return {
    ...(length >= 1 && length <= LONGEST_NAME ? {} : { name: 'name' as const }),
    ...(values.quota > 0 ? {} : { quota: 'quota' as const }),
    ...(isCount ? {} : { count: 'count' as const }),
  }
}

/** How many codes each call makes. */
export function batchesOf(count: number): number[] {
  const full = Array.from({ length: Math.floor(count / MOST_AT_ONCE) }, () => MOST_AT_ONCE)
  const rest = count % MOST_AT_ONCE
  return rest > 0 ? [...full, rest] : full
}
