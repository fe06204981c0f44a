/** What this browser was told about language and appearance. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { isLanguage, preferredLanguage, useLanguage, type Language } from '@/i18n'

export const APPEARANCES = ['light', 'dark', 'system'] as const
export type Appearance = (typeof APPEARANCES)[number]

const LANGUAGE = 'oa.lang'
const APPEARANCE = 'oa.appearance'

export const usePrefs = defineStore('prefs', () => {
  const kept = localStorage.getItem(LANGUAGE) ?? localStorage.getItem('i18nextLng')?.slice(0, 2)
  const language = ref<Language>(isLanguage(kept) ? kept : preferredLanguage())
  const appearance = ref<Appearance>(read())
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

  function show(): void {
    const isDark = appearance.value === 'dark' || (appearance.value === 'system' && dark.matches)
    document.documentElement.classList.toggle('dark', isDark)
  }

  return { language, appearance, setLanguage, setAppearance }
})

function read(): Appearance {
  const kept = localStorage.getItem(APPEARANCE)
  return APPEARANCES.find((mode) => mode === kept) ?? 'system'
}
