/** Unix seconds become dates; nowhere else. */

export const NEVER = -1

/** `YYYY-MM-DD HH:mm:ss` in the reader's time zone. */
export function showTime(seconds: number): string {
  const at = new Date(seconds * 1000)
  const pad = (value: number) => String(value).padStart(2, '0')
  const day = [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join('-')
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':')}`
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
