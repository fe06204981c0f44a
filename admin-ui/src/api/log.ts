/** /api/log: rows, sums, export and cleaning; users see their own rows only. */
import { query, request, requestEnvelope } from './http'

export const LogType = { ALL: 0, TOP_UP: 1, CONSUME: 2, MANAGE: 3, SYSTEM: 4, TEST: 5 } as const

export interface LogRow {
  /** 0 in the own list: `request_id` tells rows apart. */
  id: number
  user_id: number
  /** Unix seconds. */
  created_at: number
  type: number
  content: string
  username: string
  token_name: string
  model_name: string
  /** Quota units. */
  quota: number
  prompt_tokens: number
  completion_tokens: number
  /** 0 in the own list. */
  channel: number
  request_id: string
  /** Milliseconds. */
  elapsed_time: number
  is_stream: boolean
  system_prompt_reset: boolean
  /** JSON text with details, or empty; a plain One API does not send it. */
  other?: string
}

export interface LogFilter {
  type?: number
  username?: string
  token_name?: string
  model_name?: string
  channel?: string
  /** Unix seconds, inclusive; 0 is open. */
  start_timestamp?: number
  end_timestamp?: number
}

export interface LogSums {
  /** Quota units of calls, whatever type is asked for. */
  quota: number
  /** The rest is missing from a plain One API. */
  requests?: number
  prompt_tokens?: number
  completion_tokens?: number
  /** Of the last 60 s. */
  rpm?: number
  tpm?: number
}

/** Whose rows: everybody's for administrators, else one's own. */
export type LogScope = 'all' | 'own'

const CLEANING_MS = 120_000
const base = (scope: LogScope) => (scope === 'all' ? '/log/' : '/log/self/')

export async function listLogs(
  scope: LogScope,
  asked: LogFilter & { page: number; pageSize: number },
): Promise<{ rows: LogRow[]; total: number | null }> {
  const { page: p, pageSize: page_size, ...filter } = asked
  const path = scope === 'all' ? '/log/' : '/log/self'
  const answer = await requestEnvelope<LogRow[] | null>('GET', path + query({ p, page_size, ...filter }))
  return { rows: answer.data ?? [], total: answer.total ?? null }
}

/** Finds the newest 100 rows by how their text begins, or by a type's number. */
export async function searchLogs(scope: LogScope, keyword: string): Promise<LogRow[]> {
  return (await request<LogRow[] | null>('GET', `${base(scope)}search${query({ keyword })}`)) ?? []
}

export const logSums = (scope: LogScope, filter: LogFilter) =>
  request<LogSums>('GET', `${base(scope)}stat${query({ ...filter })}`)

/** Where the browser loads the rows of a filter as a CSV file. */
export const logExportUrl = (scope: LogScope, filter: LogFilter) =>
  `/api${base(scope)}export${query({ ...filter })}`

/** Deletes what is older; answers how many rows that are. */
export const deleteLogsBefore = (seconds: number) =>
  request<number>('DELETE', `/log/${query({ target_timestamp: seconds })}`, undefined, { timeoutMs: CLEANING_MS })
