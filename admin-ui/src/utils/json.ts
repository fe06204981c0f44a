/** JSON as people type it: where it breaks, and what it must be. */

export interface JsonFault {
  /** From 1; 0 when the browser does not say. */
  line: number
  message: string
}

/** Says what is wrong with a text that should be JSON, `null` for nothing. */
export function jsonFault(text: string): JsonFault | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { line: lineOf(text, message), message }
  }
}

/** Returns the object that a text holds, an empty one for nothing, `null` for anything else. */
export function jsonObject(text: string | null | undefined): Record<string, unknown> | null {
  if (!text?.trim()) return {}
  if (jsonFault(text)) return null
  const tree: unknown = JSON.parse(text)
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree)
    ? (tree as Record<string, unknown>)
    : null
}

/** Browsers name a line or a place; Chrome leaves both out for a text that ends too early. */
function lineOf(text: string, message: string): number {
  const line = /line (\d+)/.exec(message)?.[1]
  if (line) return Number(line)
  const place = /position (\d+)/.exec(message)?.[1]
  if (place) return text.slice(0, Number(place)).split('\n').length
  return /end of (JSON|data)|unterminated/i.test(message) ? text.split('\n').length : 0
}
