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

/** When today began here, or a day so many days away. */
export function startOfDay(daysAway = 0, now = new Date()): number {
  return Math.floor(new Date(now.getFullYear(), now.getMonth(), now.getDate() + daysAway).getTime() / 1000)
}

/** Unix seconds as the value of a `datetime-local` field, and empty for 0. */
export function toField(seconds: number): string {
  return seconds > 0 ? showTime(seconds).slice(0, 16).replace(' ', 'T') : ''
}

/** The value of a `datetime-local` field as Unix seconds; 0 for what is none. */
export function fromField(text: string): number {
  const at = new Date(text).getTime()
  return Number.isNaN(at) ? 0 : Math.floor(at / 1000)
}
