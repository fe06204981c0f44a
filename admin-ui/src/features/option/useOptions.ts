import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { useI18n } from 'vue-i18n'
import { getOptions, setOption, setOptions, type OptionValues } from '@/api/option'
import { tellDone, tellFailure, tellUndo } from '@/components/toast'
import { useStatus } from '@/stores/status'

/** The options as they are on the server, and ways to change them. */
export function useOptions() {
  const { t } = useI18n()
  const client = useQueryClient()
  const status = useStatus()
  const { data, error, refetch } = useQuery({ queryKey: ['options'], queryFn: getOptions })

  /** What was saved is read again, so that it can be set back too; the page's own name may be in it. */
  async function reload(): Promise<void> {
    await Promise.all([refetch(), status.load(), client.invalidateQueries({ queryKey: ['prices'] })])
  }

  /** Raises what the server said. */
  async function save(changes: OptionValues): Promise<void> {
    await setOptions(changes)
    await reload()
    tellDone(t('option.saved'))
  }

  /** Saves a switch at once; the toast can take it back. */
  async function flip(key: string, on: boolean, mayUndo = true): Promise<void> {
    try {
      await setOption(key, String(on))
      const text = t(on ? 'option.switchedOn' : 'option.switchedOff', { name: t(`option.f.${key}`) })
      if (mayUndo) tellUndo(text, () => void flip(key, !on, false))
      else tellDone(text)
    } catch (failure) {
      tellFailure(failure)
    } finally {
      await reload()
    }
  }

  return { values: data, error, refetch, save, flip }
}
