import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { manageUser, type Account, type Action } from '@/api/userAdmin'
import { ask } from '@/components/ask'
import { tellDone, tellFailure } from '@/components/toast'

const ASKED: Action[] = ['disable', 'promote', 'demote', 'delete']

/** What can be done with accounts from their list; `after` runs when something has changed. */
export function useUserActions(after: () => unknown) {
  const { t } = useI18n()
  const route = useRoute()
  const router = useRouter()
  const busy = ref(0)

  async function manage(account: Account, action: Action): Promise<void> {
    const name = account.username
    const question = () => t(`user.confirm.${action}`, { name, id: account.id })
    if (ASKED.includes(action) && !(await ask(t(`user.do.${action}`), question(), t(`user.do.${action}`)))) return
    busy.value = account.id
    try {
      await manageUser(name, action)
      tellDone(t(`user.done.${action}`, { name }))
    } catch (error) {
      tellFailure(error)
    } finally {
      busy.value = 0
      await after()
    }
  }

  return {
    busy,
    manage,
    edit: (account: Account) => router.push({ name: 'user-edit', params: { id: account.id }, query: route.query }),
    logs: (account: Account) => router.push({ path: '/log', query: { username: account.username } }),
  }
}
