/** Texts in three languages; one is loaded, the others when somebody asks for them. */
import { createI18n } from 'vue-i18n'

export const LANGUAGES = { en: 'English', zh: '简体中文', ja: '日本語' } as const
export type Language = keyof typeof LANGUAGES

const loaders: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  en: () => import('virtual:messages/en'),
  zh: () => import('virtual:messages/zh'),
  ja: () => import('virtual:messages/ja'),
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  missingWarn: false,
  fallbackWarn: false,
  messages: {},
})

export function isLanguage(name: string | null | undefined): name is Language {
  return name !== null && name !== undefined && name in LANGUAGES
}

/** The first of the browser's languages that there is, else English. */
export function preferredLanguage(): Language {
  for (const tag of navigator.languages) {
    const name = tag.slice(0, 2).toLowerCase()
    if (isLanguage(name)) return name
  }
  return 'en'
}

/** Loads a language if need be and shows everything in it. */
export async function useLanguage(language: Language): Promise<void> {
  if (!i18n.global.availableLocales.includes(language)) {
    const found = await loaders[language]()
    i18n.global.setLocaleMessage(language, found.default)
  }
  i18n.global.locale.value = language
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : language
}
