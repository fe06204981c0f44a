import { useQueryClient } from '@tanstack/vue-query'
import { reactive } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { ApiError } from '@/api/http'
import {
  ChannelStatus, copyChannel, deleteChannel, testChannel, updateBalance, updateChannel,
  type Channel, type ChannelDraft,
} from '@/api/channel'
import { ask } from '@/components/ask'
import type { Page } from '@/components/list/useList'
import { tellDone, tellFailure, tellFailureOf } from '@/components/toast'
import { textOf } from '@/i18n/errors'
import { toNames } from '@/utils/names'
import { nowSeconds } from '@/utils/time'
import { showBalance } from './balance'

export const CHANNELS = 'channels'
const SHOWN_ANSWER = 200

/** What can be done with one row of the list. */
export function useChannelActions() {
  const { t } = useI18n()
  const client = useQueryClient()
  const router = useRouter()
  /** Ids of channels that something is done with: a test, or a question for the balance. */
  const testing = reactive(new Set<number>())
  const asking = reactive(new Set<number>())

  /** Shows a change in every loaded page, before or without asking the server again. */
  function patch(id: number, change: Partial<Channel>): void {
    client.setQueriesData<Page<Channel>>({ queryKey: [CHANNELS] }, (page) =>
      page && { ...page, rows: page.rows.map((row) => (row.id === id ? { ...row, ...change } : row)) },
    )
  }

  function reload(): void {
    void client.invalidateQueries({ queryKey: [CHANNELS] })
  }

  /** Shows the change at once and takes it back if the server refuses. */
  async function change(channel: Channel, draft: ChannelDraft): Promise<void> {
    await client.cancelQueries({ queryKey: [CHANNELS] })
    patch(channel.id, draft as Partial<Channel>)
    try {
      patch(channel.id, await updateChannel(channel.id, draft))
    } catch (error) {
      patch(channel.id, channel)
      tellFailure(error)
    }
  }

  function toggle(channel: Channel): Promise<void> {
    const isOn = channel.status === ChannelStatus.ENABLED
    return change(channel, { status: isOn ? ChannelStatus.DISABLED : ChannelStatus.ENABLED })
  }

  async function test(channel: Channel, model = toNames(channel.models)[0] ?? ''): Promise<void> {
    testing.add(channel.id)
    try {
      const found = await testChannel(channel.id, model)
      patch(channel.id, { response_time: Math.round(found.seconds * 1000), test_time: nowSeconds() })
      const answer = found.text.slice(0, SHOWN_ANSWER)
      tellDone(t('channel.test.passed', { name: channel.name, model: found.model || '–', seconds: found.seconds.toFixed(2), answer }))
    } catch (error) {
      noteFailure(channel.id, error)
      tellFailureOf(channel.name, error)
    } finally {
      testing.delete(channel.id)
    }
  }

  function noteFailure(id: number, error: unknown): void {
    const now = nowSeconds()
    patch(id, { response_time: 0, test_time: now, last_error: textOf(error), last_error_time: now })
  }

  async function readBalance(channel: Channel): Promise<void> {
    asking.add(channel.id)
    try {
      const fresh = { balance: await updateBalance(channel.id), balance_updated_time: nowSeconds() }
      patch(channel.id, fresh)
      tellDone(t('channel.balanceIs', { name: channel.name, balance: showBalance({ ...channel, ...fresh }) }))
    } catch (error) {
      tellFailureOf(channel.name, error)
    } finally {
      asking.delete(channel.id)
    }
  }

  async function copy(channel: Channel): Promise<void> {
    const name = t('channel.copyName', { name: channel.name })
    try {
      await copyChannel(channel.id, name)
      tellDone(t('channel.copied', { name }))
      reload()
    } catch (error) {
      // A plain One API cannot copy: the form does it, without the key.
      if (error instanceof ApiError && error.status === 404) void router.push({ name: 'channel-add', query: { from: channel.id } })
      else tellFailure(error)
    }
  }

  async function remove(channel: Channel): Promise<void> {
    const agreed = await ask(t('action.delete'), t('channel.confirmDelete', { name: channel.name, id: channel.id }), t('action.delete'))
    if (!agreed) return
    try {
      await deleteChannel(channel.id)
      tellDone(t('channel.deleted', { name: channel.name }))
      reload()
    } catch (error) {
      tellFailure(error)
    }
  }

  return { testing, asking, patch, reload, change, toggle, test, noteFailure, readBalance, copy, remove }
}

export type ChannelActions = ReturnType<typeof useChannelActions>
