/** Who is signed in.  The server is asked; nothing is believed of what a browser has kept. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError } from '@/api/http'
import { getSelf, Role, type User } from '@/api/user'

const HINT = 'oa.hint'

export const useSession = defineStore('session', () => {
  const user = ref<User | null>(null)
  const known = ref(false)
  const role = computed(() => user.value?.role ?? Role.GUEST)

  /** Asks the server, unless this browser has certainly never signed in. */
  async function find(): Promise<void> {
    if (localStorage.getItem(HINT) === '1') await refresh()
    known.value = true
  }

  async function refresh(): Promise<void> {
    try {
      enter(await getSelf())
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.code === 'user_banned')) leave()
      else throw error
    }
  }

  function enter(found: User): void {
    user.value = found
    localStorage.setItem(HINT, '1')
  }

  function leave(): void {
    user.value = null
    localStorage.removeItem(HINT)
  }

  return { user, known, role, find, refresh, enter, leave }
})
