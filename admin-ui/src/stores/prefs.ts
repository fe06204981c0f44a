/** What this browser was told about language and appearance. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { isLanguage, preferredLanguage, useLanguage, type Language } from '@/i18n'

export const APPEARANCES = ['light', 'dark', 'system'] as const
export type Appearance = (typeof APPEARANCES)[number]

const LANGUAGE = 'oa.lang'
const APPEARANCE = 'oa.appearance'
const PAGE_SIZE = 'oa.pageSize'
const IN_UNITS = 'oa.units'

export const usePrefs = defineStore('prefs', () => {
  const kept = localStorage.getItem(LANGUAGE) ?? localStorage.getItem('i18nextLng')?.slice(0, 2)
  const language = ref<Language>(isLanguage(kept) ? kept : preferredLanguage())
  const appearance = ref<Appearance>(read())
  /** Rows on a page of a list; 0 is what the list usually has. */
  const pageSize = ref(Number(localStorage.getItem(PAGE_SIZE)) || 0)
  /** Quota is shown in units, whatever the server says. */
  const inUnits = ref(localStorage.getItem(IN_UNITS) === '1')
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', show)

  async function setLanguage(wanted: Language): Promise<void> {
    await useLanguage(wanted)
    language.value = wanted
    localStorage.setItem(LANGUAGE, wanted)
  }

  function setAppearance(wanted: Appearance): void {
    appearance.value = wanted
    localStorage.setItem(APPEARANCE, wanted)
    show()
  }

  function setPageSize(rows: number): void {
    pageSize.value = rows
    localStorage.setItem(PAGE_SIZE, String(rows))
  }

  function setInUnits(wanted: boolean): void {
    inUnits.value = wanted
    localStorage.setItem(IN_UNITS, wanted ? '1' : '0')
  }

  /** What the operator wants first visitors to see; a choice of their own goes before. */
  function suggest(wanted: string | undefined): void {
    const known = APPEARANCES.find((mode) => mode === wanted)
    if (!known || localStorage.getItem(APPEARANCE)) return
    appearance.value = known
    show()
  }

  function show(): void {
    const isDark = appearance.value === 'dark' || (appearance.value === 'system' && dark.matches)
    document.documentElement.classList.toggle('dark', isDark)
  }

  return {
    language,
    appearance,
    pageSize,
    inUnits,
    setLanguage,
    setAppearance,
    setPageSize,
    setInUnits,
    suggest,
  }
})

function read(): Appearance {
  const kept = localStorage.getItem(APPEARANCE)
  return APPEARANCES.find((mode) => mode === kept) ?? 'system'
}
