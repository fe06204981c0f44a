/** The model names that the server knows, all and by channel type. */
import { request } from './http'

/** Returns each name once, in the server's order. */
export async function listModels(): Promise<string[]> {
  const found = await request<{ id: string }[]>('GET', '/channel/models')
  return [...new Set(found.map((model) => model.id))]
}

/** Returns names by number of the channel type; `null` where a type takes none. */
export const listModelsByType = () => request<Record<string, string[] | null>>('GET', '/models')
