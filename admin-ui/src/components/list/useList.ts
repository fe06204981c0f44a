import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import { usePrefs } from '@/stores/prefs'

export const PAGE_SIZES = [10, 20, 50, 100] as const
const USUAL_SIZE = 20

export interface Page<Row> {
  rows: Row[]
  /** `null` from a server that does not count. */
  total: number | null
}

/** What a list asks its server for: page from 0, and the filters that are set. */
export type Asked<Filter extends string> = { page: number; pageSize: number } & Partial<
  Record<Filter, string>
>

/**
 * A list whose page and filters live in the address, so that it can be shared and reloaded.
 *
 * `?p=` counts from 1 for people. A change of a filter goes back to the first page.
 */
export function useList<Row, Filter extends string>(
  name: string,
  filters: readonly Filter[],
  load: (asked: Asked<Filter>) => Promise<Page<Row>>,
) {
  const route = useRoute()
  const router = useRouter()
  const client = useQueryClient()
  const prefs = usePrefs()

  const asked = computed(() => {
    const set = filters.map((key) => [key, text(route.query[key])] as const)
    return {
      page: Math.max(Number(text(route.query.p)) || 1, 1) - 1,
      pageSize: size(text(route.query.size), prefs.pageSize),
      ...Object.fromEntries(set.filter(([, value]) => value)),
    } as Asked<Filter>
  })

  const { data, error, isPending, isFetching, refetch } = useQuery({
    queryKey: [name, asked],
    queryFn: () => load(asked.value),
    placeholderData: keepPreviousData,
  })
  const rows: ComputedRef<Row[]> = computed(() => data.value?.rows ?? [])
  const total = computed(() => data.value?.total ?? null)
  // An order hides no row, so it is no reason for an empty list.
  const narrowing = filters.filter((key) => key !== 'order')
  const isFiltered = computed(() => narrowing.some((key) => asked.value[key]))

  function change(query: LocationQueryRaw): void {
    void router.replace({ query: { ...route.query, ...query } })
  }

  return {
    asked,
    rows,
    total,
    error,
    isPending,
    isFetching,
    isFiltered,
    refetch,
    setFilter: (key: Filter, value: string) => change({ [key]: value || undefined, p: undefined }),
    resetFilters: () =>
      change({ ...Object.fromEntries(narrowing.map((key) => [key, undefined])), p: undefined }),
    goTo: (page: number) => change({ p: page > 0 ? String(page + 1) : undefined }),
    setPageSize: (value: number) => change({ size: String(value), p: undefined }),
    /** Loads anew what a change has made old. */
    invalidate: () => client.invalidateQueries({ queryKey: [name] }),
  }
}

export type List = ReturnType<typeof useList<unknown, string>>

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function size(value: string, preferred: number): number {
  const known = (rows: number) => PAGE_SIZES.find((size) => size === rows)
  return known(Number(value)) ?? known(preferred) ?? USUAL_SIZE
}
