import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import {
  deleteRedemption,
  deleteRedemptions,
  listRedemptions,
  RedemptionStatus,
  setRedemptionStatus,
  setStatusOfRedemptions,
  type Redemption,
} from '@/api/redemption'
import { ask } from '@/components/ask'
import { copyAndTell } from '@/components/copy'
import { tellDone, tellFailure } from '@/components/toast'

const MOST_ROWS = 100

/** What can be done with codes from their list; `after` runs when something has changed. */
export function useRedemptionActions(after: () => unknown) {
  const { t } = useI18n()
  const route = useRoute()
  const router = useRouter()
  const busy = ref(false)

  async function during(work: () => Promise<void>): Promise<void> {
    busy.value = true
    try {
      await work()
    } catch (error) {
      tellFailure(error)
    } finally {
      busy.value = false
      await after()
    }
  }

  const sure = (question: string) => ask(t('action.delete'), question, t('action.delete'))

  async function toggle(row: Redemption): Promise<void> {
    const isOn = row.status === RedemptionStatus.ENABLED
    const status = isOn ? RedemptionStatus.DISABLED : RedemptionStatus.ENABLED
    await during(async () => void (await setRedemptionStatus(row.id, status)))
  }

  async function remove(row: Redemption): Promise<void> {
    if (!(await sure(t('redemption.confirmDelete', { name: row.name, id: row.id })))) return
    await during(async () => {
      await deleteRedemption(row.id)
      tellDone(t('redemption.deleted', { name: row.name }))
    })
  }

  async function removeMany(rows: Redemption[]): Promise<void> {
    if (!(await sure(t('redemption.confirmDeleteMany', { count: rows.length })))) return
    await during(async () => {
      tellDone(t('bulk.done', { count: await deleteRedemptions(rows.map((row) => row.id)) }))
    })
  }

  /** A used code stays as it is, so only the others are switched off. */
  async function disableMany(rows: Redemption[]): Promise<void> {
    const ids = rows.filter((row) => row.status === RedemptionStatus.ENABLED).map((row) => row.id)
    await during(async () => {
      const count = ids.length > 0 ? await setStatusOfRedemptions(ids, RedemptionStatus.DISABLED) : 0
      tellDone(t('bulk.done', { count }))
    })
  }

  async function removeUsed(): Promise<void> {
    const used = () => listRedemptions({ page: 0, pageSize: MOST_ROWS, status: String(RedemptionStatus.USED) })
    await during(async () => {
      let { rows, total } = await used()
      // A plain One API does not filter: nothing else may be deleted by mistake.
      const isFiltered = rows.every((row) => row.status === RedemptionStatus.USED)
      const isNone = rows.length === 0 || !isFiltered
      if (isNone) return tellDone(t('redemption.noneUsed'))
      if (!(await sure(t('redemption.confirmDeleteUsed', { count: total ?? rows.length })))) return
      let count = 0
      while (rows.length > 0) {
        count += await deleteRedemptions(rows.map((row) => row.id))
        rows = (await used()).rows
      }
      tellDone(t('bulk.done', { count }))
    })
  }

  return {
    busy,
    toggle,
    remove,
    removeMany,
    disableMany,
    removeUsed,
    edit: (row: Redemption) =>
      router.push({ name: 'redemption-edit', params: { id: row.id }, query: route.query }),
    copyMany: (rows: Redemption[]) => copyAndTell(rows.map((row) => row.key).join('\n')),
  }
}
