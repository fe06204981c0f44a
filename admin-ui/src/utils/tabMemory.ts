/** Small things that outlive a trip to another site, in this tab only.  Never a secret. */

type Name = 'aff' | 'redirect' | 'reloaded'

export function keep(name: Name, value: string): void {
  try {
    sessionStorage.setItem(`oa.${name}`, value)
  } catch {
    /* storage is off: it is forgotten */
  }
}

export function kept(name: Name): string {
  try {
    return sessionStorage.getItem(`oa.${name}`) ?? ''
  } catch {
    return ''
  }
}

export function forget(name: Name): void {
  try {
    sessionStorage.removeItem(`oa.${name}`)
  } catch {
    /* nothing was kept */
  }
}
