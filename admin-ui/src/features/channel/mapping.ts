/** The model mapping as rows of a table. */
import { jsonObject } from '@/utils/json'

export interface MappingRow {
  from: string
  to: string
}

export function toRows(text: string): MappingRow[] {
  return Object.entries(jsonObject(text) ?? {}).map(([from, to]) => ({ from, to: String(to) }))
}

/** Rows without both names are left out; no row is an empty text. */
export function fromRows(rows: readonly MappingRow[]): string {
  const whole = rows.map(({ from, to }) => [from.trim(), to.trim()] as const).filter(([from, to]) => from && to)
  return whole.length > 0 ? JSON.stringify(Object.fromEntries(whole)) : ''
}
