/** JSON as people type it: where it breaks, and what it must be. */

export interface JsonFault {
  /** From 1. */
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
    return { line: text.slice(0, breakOf(text)).split('\n').length, message }
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

const SPACE = /[ \t\r\n]*/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y
const OTHER = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y

/** Returns the place where a text stops being JSON; browsers seldom say it. */
function breakOf(text: string): number {
  let at = 0

  function take(pattern: RegExp): boolean {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    at += found?.[0].length ?? 0
    return found !== null
  }

  function sign(wanted: string): boolean {
    take(SPACE)
    if (text[at] !== wanted) return false
    at += 1
    return true
  }

  function list(end: string, item: () => boolean): boolean {
    if (sign(end)) return true
    do if (!item()) return false
    while (sign(','))
    return sign(end)
  }

  function pair(): boolean {
    take(SPACE)
    return take(STRING) && sign(':') && value()
  }

  function value(): boolean {
    if (sign('{')) return list('}', pair)
    if (sign('[')) return list(']', value)
    return take(STRING) || take(OTHER)
  }

  value()
  take(SPACE)
  return at
}
