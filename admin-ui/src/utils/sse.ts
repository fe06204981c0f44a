/** Server-sent events: the data of whole events, and what is left of the last one. */
export function eventsIn(buffer: string): { events: string[]; rest: string } {
  const parts = buffer.replaceAll('\r\n', '\n').split('\n\n')
  const rest = parts.pop() ?? ''
  return { events: parts.map(dataOf).filter(Boolean), rest }
}

function dataOf(event: string): string {
  const lines = event.split('\n').filter((line) => line.startsWith('data:'))
  return lines.map((line) => line.slice('data:'.length).replace(/^ /, '')).join('\n')
}
