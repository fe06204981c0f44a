/** What the server accepts; lengths count characters, not UTF-16 units. */

export const LONGEST_USERNAME = 12
export const LONGEST_DISPLAY_NAME = 20
export const LONGEST_EMAIL = 50
export const SHORTEST_PASSWORD = 8
export const LONGEST_PASSWORD = 20

export function lengthOf(text: string): number {
  return [...text].length
}

export function isUsername(text: string): boolean {
  return text.trim() !== '' && lengthOf(text.trim()) <= LONGEST_USERNAME
}

export function isPassword(text: string): boolean {
  const length = lengthOf(text)
  return length >= SHORTEST_PASSWORD && length <= LONGEST_PASSWORD
}

/** Says no only to what surely is no address; the server looks closer. */
export function isEmail(text: string): boolean {
  return lengthOf(text) <= LONGEST_EMAIL && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)
}

/** Whether a text names a network, such as 192.168.0.0/24 or fd00::/8. */
export function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/')
  if (more.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  return address.includes(':') ? isIpv6(address) && Number(bits) <= 128 : isIpv4(address) && Number(bits) <= 32
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const parts = halves.map((half) => (half ? half.split(':') : []))
  const groups = parts.flat()
  const tail = groups.at(-1) ?? ''
  const hasIpv4 = tail.includes('.')
  const plain = hasIpv4 ? groups.slice(0, -1) : groups
  if (hasIpv4 && !isIpv4(tail)) return false
  if (!plain.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false
  const size = plain.length + (hasIpv4 ? 2 : 0)
  return halves.length === 2 ? size < 8 : size === 8
}
