/** What somebody may do with another account; the server keeps the same rules. */
import { Role } from '@/api/user'
import { UserStatus, type Account, type Action } from '@/api/userAdmin'

/** Whether an account may be read and changed by somebody with this role. */
export function isGoverned(account: Pick<Account, 'role'>, ownRole: number): boolean {
  return ownRole > account.role || ownRole >= Role.ROOT
}

export function actionsFor(account: Pick<Account, 'role' | 'status'>, ownRole: number): Action[] {
  if (!isGoverned(account, ownRole) || account.role >= Role.ROOT) return []
  const isOn = account.status === UserStatus.ENABLED
  const isAdmin = account.role >= Role.ADMIN
  const actions: Action[] = [isOn ? 'disable' : 'enable']
  if (isAdmin) actions.push('demote')
  else if (ownRole >= Role.ROOT) actions.push('promote')
  return [...actions, 'delete']
}
