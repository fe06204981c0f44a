/** /api/channel: the accounts at providers, for administrators. */
import { query, request, requestEnvelope } from './http'

export const ChannelStatus = { ENABLED: 1, DISABLED: 2, AUTO_DISABLED: 3 } as const

/** A secret that the server keeps; sending it back changes nothing. */
export const MASKED = '********'

export interface Channel {
  id: number
  type: number
  /** Always empty: keys are written and never read. */
  key: string
  status: number
  name: string
  weight: number | null
  priority: number | null
  /** Unix seconds; 0 is never. */
  created_time: number
  test_time: number
  balance_updated_time: number
  /** Milliseconds; 0 after a failed test. */
  response_time: number
  base_url: string | null
  other: string | null
  /** In the provider's own unit. */
  balance: number
  /** Names with commas between. */
  models: string
  group: string
  /** Quota units. */
  used_quota: number
  /** JSON object of texts, or empty. */
  model_mapping: string | null
  config: string
  system_prompt: string | null
  /** Not told by a plain One API. */
  tag?: string
  remark?: string
  disabled_reason?: string
  disabled_time?: number
  last_error?: string
  last_error_time?: number
  cooldown_until?: number
}

export type ChannelDraft = Partial<
  Pick<
    Channel,
    | 'type' | 'key' | 'status' | 'name' | 'weight' | 'priority' | 'base_url' | 'other' | 'models'
    | 'group' | 'model_mapping' | 'config' | 'system_prompt' | 'tag' | 'remark'
  >
>

/** What can be set of many channels at once. */
export type ManyDraft = Pick<ChannelDraft, 'status' | 'priority' | 'weight' | 'group' | 'tag'>

export interface ChannelQuery {
  /** From 0. */
  page: number
  pageSize: number
  keyword?: string
  status?: string
  type?: string
  group?: string
  model?: string
  tag?: string
  order?: string
}

export interface TestResult {
  /** What the model said. */
  text: string
  seconds: number
  /** What the upstream was asked for. */
  model: string
}

export interface TestRun {
  running: boolean
  done: number
  total: number
  failed: number
  /** Unix seconds. */
  started_at: number
}

const SLOW = { timeoutMs: 120_000 }

export async function listChannels(asked: ChannelQuery): Promise<{ rows: Channel[]; total: number | null }> {
  const { page: p, pageSize: page_size, ...filters } = asked
  const path = `/channel/${query({ p, page_size, ...filters })}`
  const answer = await requestEnvelope<Channel[] | null>('GET', path)
  return { rows: answer.data ?? [], total: answer.total ?? null }
}

export const getChannel = (id: number) => request<Channel>('GET', `/channel/${id}`)
export const createChannel = (draft: ChannelDraft) => request<null>('POST', '/channel/', draft)
export const updateChannel = (id: number, draft: ChannelDraft) =>
  request<Channel>('PUT', '/channel/', { id, ...draft })
export const deleteChannel = (id: number) => request<null>('DELETE', `/channel/${id}`)
/** Returns how many there were. */
export const deleteDisabled = () => request<number>('DELETE', '/channel/disabled', undefined, SLOW)
/** Returns the id of the copy, which is switched off. */
export const copyChannel = (id: number, name: string) => request<number>('POST', `/channel/copy/${id}`, { name })

export const deleteChannels = (ids: number[]) => request<number>('POST', '/channel/batch', { ids }, SLOW)
export const updateChannels = (ids: number[], draft: ManyDraft) =>
  request<number>('PUT', '/channel/batch', { ids, ...draft }, SLOW)

export async function testChannel(id: number, model: string, signal?: AbortSignal): Promise<TestResult> {
  const path = `/channel/test/${id}${query({ model })}`
  const answer = await requestEnvelope<null>('GET', path, undefined, { ...SLOW, signal })
  const asked = String(answer.actualModel || answer.modelName || model)
  return { text: answer.message, seconds: Number(answer.time) || 0, model: asked }
}

export const startTests = (scope: 'all' | 'disabled') => request<null>('GET', `/channel/test${query({ scope })}`)
export const getTestRun = () => request<TestRun>('GET', '/channel/test/status')

export async function updateBalance(id: number): Promise<number> {
  const answer = await requestEnvelope<null>('GET', `/channel/update_balance/${id}`, undefined, SLOW)
  return Number(answer.balance) || 0
}

export const startBalances = () => request<null>('GET', '/channel/update_balance')

export const fetchModels = (id: number) => request<string[]>('GET', `/channel/fetch_models/${id}`)
export const fetchModelsOf = (draft: Pick<ChannelDraft, 'type' | 'key' | 'base_url' | 'config'>) =>
  request<string[]>('POST', '/channel/fetch_models', draft)
