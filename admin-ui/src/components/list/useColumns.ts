import { computed, ref } from 'vue'

const DENSITIES = ['comfortable', 'compact'] as const
export type Density = (typeof DENSITIES)[number]

/** Which columns of a table are shown and how close its rows stand; this browser remembers. */
export function useColumns<Column extends string>(table: string, all: readonly Column[], hidden: readonly Column[] = []) {
  const place = `oa.table.${table}`
  const kept = read(place)
  const off = ref<Column[]>(all.filter((column) => (kept.off ?? (hidden as readonly string[])).includes(column)) as Column[])
  const density = ref<Density>(DENSITIES.find((known) => known === kept.density) ?? 'comfortable')

  function keep(): void {
    localStorage.setItem(place, JSON.stringify({ off: off.value, density: density.value }))
  }

  const shown = computed({
    get: () => all.filter((column) => !(off.value as Column[]).includes(column)),
    set: (columns: Column[]) => {
      off.value = all.filter((column) => !columns.includes(column)) as typeof off.value
      keep()
    },
  })

  function setDensity(wanted: Density): void {
    density.value = wanted
    keep()
  }

  return { all, shown, density, setDensity, isShown: (column: Column) => shown.value.includes(column) }
}

interface Kept {
  off?: string[]
  density?: string
}

function read(place: string): Kept {
  try {
    const tree: unknown = JSON.parse(localStorage.getItem(place) ?? '{}')
    return typeof tree === 'object' && tree !== null ? (tree as Kept) : {}
  } catch {
    return {}
  }
}
