import { expect, it } from 'vitest'
import { eachOf } from '@/utils/pool'

it('works on no more at once than told', async () => {
  let now = 0
  let most = 0
  const done: number[] = []

  await eachOf([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++now)
    await Promise.resolve()
    now -= 1
    done.push(item)
  })

  expect(most).toBe(2)
  expect(done.sort()).toEqual([1, 2, 3, 4, 5])
})

it('begins nothing more after it was stopped', async () => {
  const stop = new AbortController()
  const begun: number[] = []

  await eachOf([1, 2, 3], 1, async (item) => {
    begun.push(item)
    stop.abort()
  }, stop.signal)

  expect(begun).toEqual([1])
})
