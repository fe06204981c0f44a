/** Lists of names that travel as one text with commas. */

/** Splits at commas and line breaks; blanks, empty and repeated names go. */
export function toNames(text: string | null | undefined): string[] {
  const parts = (text ?? '').split(/[,，\r\n]+/).map((name) => name.trim())
  return [...new Set(parts.filter(Boolean))]
}

export function fromNames(names: readonly string[]): string {
  return names.join(',')
}
