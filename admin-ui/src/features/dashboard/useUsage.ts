import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { allUsage, GRANULARITIES, ownUsage, SCOPES, type Granularity, type Scope, type UsagePoint, type UsageRange } from '@/api/usage'
import { Role } from '@/api/user'
import { useSession } from '@/stores/session'
import { startOfDay, timeZone } from '@/utils/time'
import { isPossible, PERIODS, rangeOf, sumOf, type Period, type Sums } from './usage'

export type View = 'own' | 'all'

export interface Asked {
  view: View
  period: Period
  granularity: Granularity | undefined
  by: Scope
}

/** What the dashboard shows, as its address says. */
export function useUsage() {
  const route = useRoute()
  const router = useRouter()
  const session = useSession()

  const isAdmin = computed(() => session.role >= Role.ADMIN)
  const asked = computed<Asked>(() => {
    const view: View = isAdmin.value && route.query.view === 'all' ? 'all' : 'own'
    const period = known(PERIODS, route.query.period) ?? 'week'
    const granularity = known(GRANULARITIES, route.query.granularity)
    return {
      view,
      period,
      granularity: granularity && isPossible(period, granularity) ? granularity : undefined,
      by: (view === 'all' && known(SCOPES, route.query.by)) || 'model',
    }
  })

  const usage = useQuery({
    queryKey: ['usage', asked],
    queryFn: async () => {
      const { view, period, granularity, by } = asked.value
      const range = rangeOf(period, granularity)
      return { range, points: await points(view, range, by) }
    },
    placeholderData: keepPreviousData,
  })

  const days = useQuery({
    queryKey: ['usage-today', computed(() => asked.value.view)],
    queryFn: () => todayAndYesterday(asked.value.view),
  })

  function change(values: Partial<Record<'view' | 'period' | 'granularity' | 'by', string>>): void {
    void router.replace({ query: { ...route.query, ...values } })
  }

  return { isAdmin, asked, usage, days, change }
}

async function points(view: View, range: UsageRange, by: Scope): Promise<UsagePoint[]> {
  return view === 'all' ? allUsage(range, timeZone(), by) : ownUsage(range, timeZone())
}

async function todayAndYesterday(view: View): Promise<{ today: Sums; yesterday: Sums }> {
  const midnight = startOfDay()
  const range = { start: startOfDay(-1), end: Math.floor(Date.now() / 1000), granularity: 'day' } as const
  const found = await points(view, range, 'model')
  return {
    today: sumOf(found.filter(({ time }) => time >= midnight)),
    yesterday: sumOf(found.filter(({ time }) => time < midnight && time >= range.start)),
  }
}

function known<Word extends string>(words: readonly Word[], asked: unknown): Word | undefined {
  return words.find((word) => word === asked)
}
