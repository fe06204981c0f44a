import { useRoute, useRouter } from 'vue-router'
import type { User } from '@/api/user'
import { useSession } from '@/stores/session'
import { safeRedirect } from '@/utils/paths'
import { forget, keep, kept } from '@/utils/tabMemory'

/** What happens after somebody has signed in, by whatever way. */
export function useEntrance() {
  const route = useRoute()
  const router = useRouter()
  const session = useSession()

  return {
    /** Remembers where to go, for a way that leads over another site. */
    rememberTarget: () => keep('redirect', safeRedirect(route.query.redirect)),

    /** Goes where somebody wanted to go; the guard knows of a password to change first. */
    async enter(user: User): Promise<void> {
      session.enter(user)
      await session.refresh()
      const target = safeRedirect(route.query.redirect ?? kept('redirect'))
      forget('redirect')
      await router.replace(target)
    },
  }
}
