/** Names and counts of other things, for selects, links and warnings. */
import { query, request, requestEnvelope } from './http'

export interface Named {
  id: number
  name: string
}

const MOST = 100

/** Names of the first hundred channels; administrators only. */
export async function channelNames(): Promise<Named[]> {
  const rows = await request<Named[] | null>('GET', `/channel/${query({ p: 0, page_size: MOST })}`)
  return (rows ?? []).map(({ id, name }) => ({ id, name }))
}

/** Names of one's own first hundred tokens. */
export async function tokenNames(): Promise<string[]> {
  const rows = await request<Named[] | null>('GET', `/token/${query({ p: 0, page_size: MOST })}`)
  return [...new Set((rows ?? []).map((row) => row.name).filter(Boolean))]
}

export const groupNames = () => request<string[]>('GET', '/group/')

/** How many rows a filtered list has; 0 from a server that does not count. */
export async function countOf(noun: 'channel' | 'user' | 'token', filter: Record<string, string>): Promise<number> {
  const answer = await requestEnvelope<unknown>('GET', `/${noun}/${query({ p: 0, page_size: 1, ...filter })}`)
  return answer.total ?? 0
}
