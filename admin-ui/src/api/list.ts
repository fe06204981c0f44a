/** What every list answers: rows, and how many there are in all where the server counts. */
import { query, requestEnvelope } from './http'

export interface Asked {
  /** From 0. */
  page: number
  pageSize: number
}

/** Fetches one page; what is asked beside the page narrows the list. */
export async function pageOf<Row>(
  path: string,
  asked: Asked & { [filter: string]: string | number | undefined },
): Promise<{ rows: Row[]; total: number | null }> {
  const { page: p, pageSize: page_size, ...filters } = asked
  const answer = await requestEnvelope<Row[] | null>('GET', path + query({ p, page_size, ...filters }))
  return { rows: answer.data ?? [], total: answer.total ?? null }
}
