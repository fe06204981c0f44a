/** Who is signed in.  The server is asked; nothing is believed of what a browser has kept. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError } from '@/api/http'
import { getSelf, Role, type User } from '@/api/user'

const HINT = 'oa.hint'
const FIRST_PASSWORD = '123456'

export const useSession = defineStore('session', () => {
  const user = ref<User | null>(null)
  const known = ref(false)
  const typedFirstPassword = ref(false)
  const role = computed(() => user.value?.role ?? Role.GUEST)

  /** Root still has the password of the first start; a plain One API does not say so. */
  const mustChangePassword = computed(
    () => user.value !== null && (user.value.need_change_password ?? typedFirstPassword.value),
  )

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

  /** Looks at what somebody signs in with. */
  function notePassword(username: string, password: string): void {
    typedFirstPassword.value = username === 'root' && password === FIRST_PASSWORD
  }

  function leave(): void {
    user.value = null
    typedFirstPassword.value = false
    localStorage.removeItem(HINT)
  }

  return { user, known, role, mustChangePassword, find, refresh, enter, notePassword, leave }
})
