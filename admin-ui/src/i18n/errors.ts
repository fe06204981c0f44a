import { ApiError } from '@/api/http'
import { i18n } from '@/i18n'

/** Says for people what went wrong: by its code if there is a text for it, else as the server did. */
export function textOf(error: unknown): string {
  const { t, te } = i18n.global
  if (!(error instanceof ApiError)) return t('error.unexpected')
  const key = `code.${error.code}`
  const known = te(key) || te(key, 'en') ? t(key) : ''
  const text = known || error.message || t('error.unexpected')
  return error.retryAfterS ? `${text} ${t('error.wait', { seconds: error.retryAfterS })}` : text
}
