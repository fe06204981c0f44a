import { useQueryClient } from '@tanstack/vue-query'
import { useRouter } from 'vue-router'
import { logout } from '@/api/user'
import { useSession } from '@/stores/session'

/** On this channel the tabs of a browser tell each other that somebody has signed out. */
export const CHANNEL = 'oa'

const KEPT = ['oa.lang', 'oa.appearance']

/** Signs out here and in the other tabs, and forgets what this browser kept for the person. */
export function useSignOut() {
  const router = useRouter()
  const client = useQueryClient()
  const session = useSession()

  return async () => {
    try {
      await logout()
    } finally {
      session.leave()
      client.clear()
      forgetPerson()
      const channel = new BroadcastChannel(CHANNEL)
      channel.postMessage('left')
      channel.close()
      await router.replace('/login')
    }
  }
}

function forgetPerson(): void {
  const names = Object.keys(localStorage).filter((name) => name.startsWith('oa.') && !KEPT.includes(name))
  names.forEach((name) => localStorage.removeItem(name))
}
