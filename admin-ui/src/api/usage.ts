/** What was used over time: one's own, and everybody's for administrators. */
import { query, request } from './http'

export const GRANULARITIES = ['hour', 'day', 'week'] as const
export type Granularity = (typeof GRANULARITIES)[number]

export const SCOPES = ['model', 'user', 'channel', 'token'] as const
/** What the bars of a chart stand for. */
export type Scope = (typeof SCOPES)[number]

export interface UsagePoint {
  /** Unix seconds; where the hour, day or week begins in the zone that was asked for. */
  time: number
  model_name: string
  requests: number
  /** Quota units. */
  quota: number
  prompt_tokens: number
  completion_tokens: number
  /** Of the user, channel or token, when asked by one. */
  id?: number | string
  name?: string
}

export interface UsageRange {
  /** Unix seconds, both inclusive. */
  start: number
  end: number
  granularity: Granularity
}

/** A row of a plain One API, which knows only the last seven days. */
interface Day {
  Day: string
  ModelName: string
  RequestCount: number
  Quota: number
  PromptTokens: number
  CompletionTokens: number
}

export async function ownUsage(range: UsageRange, tz: string): Promise<UsagePoint[]> {
  const rows = await request<(UsagePoint | Day)[] | null>('GET', `/user/dashboard${query({ ...range, tz })}`)
  return (rows ?? []).map((row) => ('Day' in row ? pointOf(row) : row))
}

export async function allUsage(range: UsageRange, tz: string, scope: Scope): Promise<UsagePoint[]> {
  return (await request<UsagePoint[] | null>('GET', `/dashboard${query({ ...range, tz, scope })}`)) ?? []
}

function pointOf(row: Day): UsagePoint {
  return {
    time: Math.floor(new Date(`${row.Day}T00:00:00`).getTime() / 1000),
    model_name: row.ModelName,
    requests: row.RequestCount,
    quota: row.Quota,
    prompt_tokens: row.PromptTokens,
    completion_tokens: row.CompletionTokens,
  }
}
