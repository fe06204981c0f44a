/** Sites that somebody has agreed to hand keys to, once and for all in this browser. */

const NAME = 'oa.hints'
const PREFIX = 'key-to:'

export function isTrusted(site: string): boolean {
  return read().includes(PREFIX + site)
}

export function trust(site: string): void {
  if (!isTrusted(site)) localStorage.setItem(NAME, JSON.stringify([...read(), PREFIX + site]))
}

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? '[]')
    return Array.isArray(kept) ? kept.filter((entry) => typeof entry === 'string') : []
  } catch {
    return []
  }
}
