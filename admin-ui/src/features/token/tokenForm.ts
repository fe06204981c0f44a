/** What a token's form checks and sends. */
import type { Token, TokenDraft } from '@/api/token'
import { randomText } from '@/utils/random'
import { NEVER } from '@/utils/time'
import { isNetwork, lengthOf } from '@/utils/validate'

export const LONGEST_NAME = 30
export const MOST_AT_ONCE = 100
const SUFFIX_LENGTH = 6

export interface TokenValues {
  name: string
  count: number
  models: string
  subnet: string
  /** Unix seconds; -1 is never. */
  expired_time: number
  /** Quota units. */
  remain_quota: number
  unlimited_quota: boolean
}

export const FRESH: TokenValues = {
  name: '',
  count: 1,
  models: '',
  subnet: '',
  expired_time: NEVER,
  remain_quota: 500_000,
  unlimited_quota: false,
}

/** A token as its form shows it; the token of a new account has null for empty lists. */
export function valuesOf(token: Token): TokenValues {
  return {
    name: token.name,
    count: 1,
    models: token.models ?? '',
    subnet: token.subnet ?? '',
    expired_time: token.expired_time,
    remain_quota: token.remain_quota,
    unlimited_quota: token.unlimited_quota,
  }
}

export type Problem = 'needed' | 'tooLong' | 'count' | 'subnet' | 'past' | 'negative'

/** Says what cannot stay so; `before` is what was loaded, and may stay as it is. */
export function problemsOf(
  values: TokenValues,
  before: TokenValues | null,
  nowS: number,
): Partial<Record<keyof TokenValues, Problem>> {
  const isNew = before === null
  const longest = LONGEST_NAME - (values.count > 1 ? SUFFIX_LENGTH + 1 : 0)
  const found: Partial<Record<keyof TokenValues, Problem>> = {}
  if (isNew && !values.name.trim()) found.name = 'needed'
  else if (lengthOf(values.name.trim()) > longest) found.name = 'tooLong'
  if (!Number.isInteger(values.count) || values.count < 1 || values.count > MOST_AT_ONCE) found.count = 'count'
  if (!networksOf(values.subnet).every(isNetwork)) found.subnet = 'subnet'
  const isTimeNew = isNew || values.expired_time !== before.expired_time
  if (isTimeNew && values.expired_time !== NEVER && values.expired_time <= nowS) found.expired_time = 'past'
  const isQuotaNew = isNew || values.remain_quota !== before.remain_quota
  if (!values.unlimited_quota && isQuotaNew && values.remain_quota < 0) found.remain_quota = 'negative'
  return found
}

/** What travels: lists without blanks, the number of tokens stays here. */
export function draftOf(changed: Partial<TokenValues>): TokenDraft {
  const { count: _count, ...draft } = changed
  if (draft.name !== undefined) draft.name = draft.name.trim()
  if (draft.subnet !== undefined) draft.subnet = networksOf(draft.subnet).join(',')
  return draft
}

/** The names of several tokens made at once. */
export function namesOf(name: string, count: number): string[] {
  if (count === 1) return [name.trim()]
  return Array.from({ length: count }, () => `${name.trim()}-${randomText(SUFFIX_LENGTH)}`)
}

function networksOf(text: string): string[] {
  return text.split(/[,，\s]+/).filter(Boolean)
}
