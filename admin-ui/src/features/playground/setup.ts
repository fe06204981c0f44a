import type { Question } from '@/api/completion'
import type { Token } from '@/api/token'

/** What a token may use of what its owner may. */
export function modelsOf(available: readonly string[], token: Pick<Token, 'models'> | undefined): string[] {
  const allowed = (token?.models ?? '').split(',').filter(Boolean)
  return available.filter((name) => name && (allowed.length === 0 || allowed.includes(name)))
}

/** The question as a line for a terminal; quotes in it are kept from the shell. */
export function curlOf(base: string, key: string, question: Question): string {
  const body = JSON.stringify(question).replaceAll("'", "'\\''")
  return `curl ${base}/chat/completions \\\n  -H "Authorization: Bearer ${key}" \\\n  -H "Content-Type: application/json" \\\n  -d '${body}'`
}
