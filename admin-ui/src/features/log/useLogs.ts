import { useQuery } from '@tanstack/vue-query'
import { computed, onUnmounted, ref, watch } from 'vue'
import { listLogs, logSums, searchLogs, type LogFilter, type LogScope } from '@/api/log'
import { channelNames } from '@/api/lookup'
import { Role } from '@/api/user'
import { useList, type Asked } from '@/components/list/useList'
import { useSession } from '@/stores/session'
import { spanOf } from './ranges'

export const FILTERS = [
  'type', 'token_name', 'model_name', 'username', 'channel', 'range', 'start', 'end', 'keyword',
] as const
export type LogFilterName = (typeof FILTERS)[number]
export const REFRESH_S = [0, 5, 30] as const

/** The rows, their sums and the names of their channels, for whoever looks. */
export function useLogs() {
  const session = useSession()
  const isAdmin = computed(() => session.role >= Role.ADMIN)
  const scope = computed<LogScope>(() => (isAdmin.value ? 'all' : 'own'))

  const list = useList('logs', FILTERS, async (asked) => {
    const { keyword, page, pageSize } = asked
    if (keyword) return { rows: await searchLogs(scope.value, keyword), total: null }
    return listLogs(scope.value, { ...filterOf(asked, isAdmin.value), page, pageSize })
  })

  const filter = computed(() => filterOf(list.asked.value, isAdmin.value))
  // Adding up all times is slow, so it is done when somebody wants to know.
  const sumsWanted = ref(false)
  const isBounded = computed(() => Boolean(filter.value.start_timestamp || filter.value.end_timestamp))
  watch(list.asked, () => (sumsWanted.value = false))
  const sums = useQuery({
    queryKey: ['log-sums', scope, filter],
    queryFn: () => logSums(scope.value, filter.value),
    enabled: computed(() => !list.asked.value.keyword && (isBounded.value || sumsWanted.value)),
  })

  const channels = useQuery({ queryKey: ['channel-names'], queryFn: channelNames, enabled: isAdmin })
  const channelName = computed(
    () => new Map((channels.data.value ?? []).map(({ id, name }) => [id, name || `#${id}`])),
  )

  const { every } = useRefresh(() => {
    void list.refetch()
    if (isBounded.value) void sums.refetch()
  })

  return { isAdmin, scope, list, filter, sums, sumsWanted, isBounded, channelName, every }
}

/** What is asked of the server; what only administrators may ask is left out for others. */
function filterOf(asked: Asked<LogFilterName>, isAdmin: boolean): LogFilter {
  const { start, end } = spanOf(asked)
  return {
    type: Number(asked.type) || undefined,
    token_name: asked.token_name,
    model_name: asked.model_name,
    ...(isAdmin ? { username: asked.username, channel: asked.channel } : {}),
    start_timestamp: start || undefined,
    end_timestamp: end || undefined,
  }
}

/** Loads anew every few seconds, while somebody can see it. */
function useRefresh(load: () => void) {
  const every = ref<number>(0)
  let timer: ReturnType<typeof setInterval> | undefined
  watch(every, (seconds) => {
    clearInterval(timer)
    if (seconds > 0) timer = setInterval(() => document.hidden || load(), seconds * 1000)
  })
  onUnmounted(() => clearInterval(timer))
  return { every }
}
