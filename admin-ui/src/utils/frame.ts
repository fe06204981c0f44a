/** A text that is one address is a page to be shown in a frame. */

export interface Frame {
  address: string
  sandbox: string
}

/** A page of our own origin is kept apart from this one: it could reach the session otherwise. */
export function frameOf(text: string, origin: string): Frame | null {
  const address = text.trim()
  if (!/^https:\/\/\S+$/.test(address) || !URL.canParse(address)) return null
  const isForeign = new URL(address).origin !== origin
  const sandbox = `allow-scripts allow-forms allow-popups${isForeign ? ' allow-same-origin' : ''}`
  return { address, sandbox }
}
