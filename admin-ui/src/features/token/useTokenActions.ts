import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { ApiError } from '@/api/http'
import {
  deleteToken,
  deleteTokens,
  setStatusOfTokens,
  setTokenStatus,
  TokenStatus,
  type Token,
} from '@/api/token'
import { ask } from '@/components/ask'
import { copyAndTell } from '@/components/copy'
import { tellDone, tellFailure } from '@/components/toast'
import { textOf } from '@/i18n/errors'

const NEEDS_CHANGE = ['token_expired', 'token_exhausted']

/** What can be done with tokens from their list; `after` runs when something has changed. */
export function useTokenActions(after: () => unknown) {
  const { t } = useI18n()
  const route = useRoute()
  const router = useRouter()
  const busy = ref(false)

  const edit = (token: Token) =>
    router.push({ name: 'token-edit', params: { id: token.id }, query: route.query })

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

  async function toggle(token: Token): Promise<void> {
    const status = token.status === TokenStatus.ENABLED ? TokenStatus.DISABLED : TokenStatus.ENABLED
    await during(async () => {
      try {
        await setTokenStatus(token.id, status)
      } catch (error) {
        const isCurable = error instanceof ApiError && NEEDS_CHANGE.includes(error.code)
        if (!isCurable) throw error
        if (await ask(t('token.enableOf', { name: token.name }), textOf(error), t('action.edit'), false)) await edit(token)
      }
    })
  }

  async function remove(token: Token): Promise<void> {
    const question = t('token.confirmDelete', { name: token.name, id: token.id })
    if (!(await ask(t('action.delete'), question, t('action.delete')))) return
    await during(async () => {
      await deleteToken(token.id)
      tellDone(t('token.deleted', { name: token.name }))
    })
  }

  async function removeMany(tokens: Token[]): Promise<void> {
    const question = t('token.confirmDeleteMany', { count: tokens.length })
    if (!(await ask(t('action.delete'), question, t('action.delete')))) return
    await during(async () => {
      const count = await deleteTokens(tokens.map((token) => token.id))
      tellDone(t('bulk.done', { count }))
    })
  }

  async function setMany(tokens: Token[], status: number): Promise<void> {
    await during(async () => {
      const ids = tokens.map((token) => token.id)
      tellDone(t('bulk.done', { count: await setStatusOfTokens(ids, status) }))
    })
  }

  return { busy, edit, toggle, remove, removeMany, setMany, copyMany: (tokens: Token[]) => copyAndTell(keyLines(tokens)) }
}

/** One line a token: its name, four spaces, its key. */
export function keyLines(tokens: readonly Pick<Token, 'name' | 'key'>[]): string {
  return tokens.map((token) => `${token.name}    sk-${token.key}`).join('\n')
}
