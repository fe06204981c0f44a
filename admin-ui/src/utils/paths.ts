/** Returns a place inside this site to go back to, or the fallback for anything else. */
export function safeRedirect(asked: unknown, fallback = '/dashboard'): string {
  const path = typeof asked === 'string' ? asked : ''
  return /^\/(?![/\\])/.test(path) ? path : fallback
}
