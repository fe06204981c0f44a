import { computed, reactive, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiError } from '@/api/http'
import {
  deleteChannel, deleteChannels, testChannel, updateChannel, updateChannels,
  type Channel, type ManyDraft,
} from '@/api/channel'
import { ask } from '@/components/ask'
import { tellDone, tellFailure, tellInfo } from '@/components/toast'
import { toNames } from '@/utils/names'
import { eachOf } from '@/utils/pool'
import { nowSeconds } from '@/utils/time'
import type { ChannelActions } from './useChannelActions'

const AT_ONCE = 4

/** What can be done with the chosen rows of the page. */
export function useBulk(rows: () => Channel[], actions: ChannelActions) {
  const { t } = useI18n()
  const selected = ref<number[]>([])
  const busy = ref(false)
  const run = reactive({ done: 0, total: 0, failed: 0 })
  let stopper: AbortController | undefined
  const chosen = computed(() => rows().filter((row) => selected.value.includes(row.id)))

  async function change(draft: ManyDraft): Promise<void> {
    await together(
      (ids) => updateChannels(ids, draft),
      (id) => updateChannel(id, draft),
      'channel.bulk.changed',
    )
  }

  async function remove(): Promise<void> {
    const names = chosen.value.map((row) => row.name || `#${row.id}`).join(', ')
    const count = selected.value.length
    if (!(await ask(t('channel.bulk.deleteTitle', { count }), names, t('action.delete')))) return
    await together(deleteChannels, deleteChannel, 'channel.bulk.deleted')
    selected.value = []
  }

  /** Sends a test through each of them; every row shows its own result. */
  async function test(): Promise<void> {
    await singly(chosen.value, async (row, signal) => {
      actions.testing.add(row.id)
      try {
        const found = await testChannel(row.id, toNames(row.models)[0] ?? '', signal)
        actions.patch(row.id, { response_time: Math.round(found.seconds * 1000), test_time: nowSeconds() })
      } catch (error) {
        if (signal.aborted) return
        actions.noteFailure(row.id, error)
        throw error
      } finally {
        actions.testing.delete(row.id)
      }
    })
    const text = t('channel.bulk.tested', { good: run.done - run.failed, bad: run.failed })
    if (run.failed > 0) tellInfo(text)
    else tellDone(text)
  }

  async function together(
    all: (ids: number[]) => Promise<number>,
    one: (id: number) => Promise<unknown>,
    done: string,
  ): Promise<void> {
    const ids = [...selected.value]
    busy.value = true
    try {
      const count = await all(ids).catch(async (error: unknown) => {
        // A plain One API has no call for many.
        if (!(error instanceof ApiError) || error.status !== 404) throw error
        await singly(ids, one)
        return run.done - run.failed
      })
      tellDone(t(done, { count }))
    } catch (error) {
      tellFailure(error)
    } finally {
      busy.value = false
      actions.reload()
    }
  }

  async function singly<Item>(items: Item[], work: (item: Item, signal: AbortSignal) => Promise<unknown>): Promise<void> {
    stopper = new AbortController()
    const { signal } = stopper
    Object.assign(run, { done: 0, total: items.length, failed: 0 })
    await eachOf(items, AT_ONCE, async (item) => {
      try {
        await work(item, signal)
      } catch {
        run.failed += 1
      }
      run.done += 1
    }, signal)
    run.total = 0
  }

  return reactive({ selected, busy, run, change, remove, test, stop: () => stopper?.abort() })
}

export type Bulk = ReturnType<typeof useBulk>
