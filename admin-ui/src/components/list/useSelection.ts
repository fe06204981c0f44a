import { computed, ref, watch, type Ref } from 'vue'

/** The chosen rows of the page that is shown; what is no longer on it is not chosen. */
export function useSelection<Row extends { id: number }>(rows: Readonly<Ref<Row[]>>) {
  const ids = ref(new Set<number>())
  const chosen = computed(() => rows.value.filter((row) => ids.value.has(row.id)))
  const isAll = computed(() => rows.value.length > 0 && chosen.value.length === rows.value.length)
  const isSome = computed(() => chosen.value.length > 0 && !isAll.value)

  watch(rows, () => (ids.value = new Set(chosen.value.map((row) => row.id))))

  function choose(row: Row, isChosen: boolean): void {
    const next = new Set(ids.value)
    if (isChosen) next.add(row.id)
    else next.delete(row.id)
    ids.value = next
  }

  return {
    chosen,
    isAll,
    isSome,
    has: (row: Row) => ids.value.has(row.id),
    choose,
    chooseAll: (isChosen: boolean) => (ids.value = new Set(isChosen ? rows.value.map((row) => row.id) : [])),
    clear: () => (ids.value = new Set()),
  }
}
