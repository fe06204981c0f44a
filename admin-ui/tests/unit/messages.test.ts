import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { LANGUAGES, merged, type Tree } from '../../build/messages'

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url))

function keys(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keys(value, `${prefix}${key}.`),
  )
}

function texts(tree: Tree): string[] {
  return Object.values(tree).flatMap((value) => (typeof value === 'string' ? [value] : texts(value)))
}

describe('texts', () => {
  const english = keys(merged(SOURCE, 'en')).sort()

  it.each(LANGUAGES)('%s has every text and no other', (language) => {
    expect(keys(merged(SOURCE, language)).sort()).toEqual(english)
  })

  it.each(LANGUAGES)('%s leaves no text empty', (language) => {
    expect(texts(merged(SOURCE, language)).filter((text) => !text.trim())).toEqual([])
  })

  it('exist for every key that a page names', () => {
    const known = new Set(english)
    const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    const missing = files
      .filter((name) => /\.(vue|ts)$/.test(name))
      .flatMap((name) => {
        const named = readFileSync(join(SOURCE, name), 'utf8').matchAll(/\bt\(\s*'([\w.]+)'/g)
        return [...named].map((match) => ({ name, key: match[1] ?? '' }))
      })
      .filter(({ key }) => !known.has(key))
    expect(missing).toEqual([])
  })
})
