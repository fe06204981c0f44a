import { useQuery } from '@tanstack/vue-query'
import { computed, reactive, watch } from 'vue'
import type { OptionValues } from '@/api/option'
import { getPrices, type Offer } from '@/api/pricing'
import { changesOf, readTable, TABLES, TIERS, writeTable, type Change, type Table, type TableKey } from './ratios'

/** The tables as they are on the server, as they are being changed, and the difference. */
export function useRatios(values: () => OptionValues, save: (changes: OptionValues) => Promise<void>) {
  const keys = computed(() => TABLES.filter((key) => key in values()))
  const saved = computed(() => {
    const read = keys.value.map((key) => [key, readTable(values()[key] ?? '').table ?? {}] as const)
    return Object.fromEntries(read) as Partial<Record<TableKey, Table>>
  })
  const draft = reactive<Partial<Record<TableKey, Table>>>({})
  /** Texts that are no tables yet. */
  const broken = reactive<Partial<Record<string, string>>>({})
  const tiers = reactive({ text: '' })

  watch(
    () => values(),
    () => reset(),
    { immediate: true },
  )

  const changes = computed<Change[]>(() =>
    keys.value.flatMap((key) => changesOf(key, saved.value[key] ?? {}, draft[key] ?? {})),
  )
  const tiersChanged = computed(() => compact(tiers.text) !== compact(values()[TIERS] ?? ''))
  const isDirty = computed(() => changes.value.length > 0 || tiersChanged.value || Object.keys(broken).length > 0)

  const { data: offers } = useQuery({ queryKey: ['prices', ''], queryFn: () => getPrices(), retry: false })
  const offerOf = computed(() => new Map<string, Offer>((offers.value ?? []).map((offer) => [offer.model, offer])))

  function reset(): void {
    for (const key of keys.value) draft[key] = { ...saved.value[key] }
    for (const key of Object.keys(broken)) delete broken[key]
    tiers.text = values()[TIERS] ?? ''
  }

  /** Changes one number; `undefined` takes it away, and the built-in one counts again. */
  function set(key: TableKey, name: string, value: number | undefined): void {
    const table = { ...draft[key] }
    if (value === undefined) delete table[name]
    else table[name] = value
    draft[key] = table
  }

  async function saveAll(): Promise<void> {
    const touched = [...new Set(changes.value.map(({ table }) => table))]
    const texts = Object.fromEntries(touched.map((key) => [key, writeTable(draft[key] ?? {})]))
    await save(tiersChanged.value ? { ...texts, [TIERS]: tiers.text || '{}' } : texts)
  }

  return { keys, saved, draft, broken, tiers, changes, tiersChanged, isDirty, offerOf, reset, set, saveAll }
}

export type Ratios = ReturnType<typeof useRatios>

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text || '{}'))
  } catch {
    return text
  }
}
