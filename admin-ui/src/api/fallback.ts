/** Doing without the endpoints that a plain One API does not have. */
import { eachOf } from '@/utils/pool'
import { ApiError } from './http'

const AT_ONCE = 4

/** Tries the better endpoint; where it is unknown, goes the other way. */
export async function orElse<T>(better: () => Promise<T>, other: () => Promise<T>): Promise<T> {
  try {
    return await better()
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return other()
    throw error
  }
}

/** Makes a call for each of many, a few at once; returns how many there were. */
export async function oneByOne(ids: readonly number[], call: (id: number) => Promise<unknown>): Promise<number> {
  await eachOf(ids, AT_ONCE, async (id) => void (await call(id)))
  return ids.length
}
