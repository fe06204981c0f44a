/** Where clients reach this server. */

const UNSET = ['', 'http://localhost:3000']

/** The server's public address without a slash at its end; this page's own while none was set. */
export function serverAddress(told: string | undefined, origin = location.origin): string {
  const address = (told ?? '').replace(/\/+$/, '')
  return UNSET.includes(address) ? origin : address
}

/** A call that anybody can try in a terminal. */
export function curlExample(base: string, key: string, model: string): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] })
  return `curl ${base}/chat/completions \\\n  -H "Authorization: Bearer ${key}" \\\n  -H "Content-Type: application/json" \\\n  -d '${body}'`
}
