import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url))
const LONGEST = 400
const CHINESE_OR_JAPANESE = /[\u3040-\u30ff\u4e00-\u9fff]/
/** Where each part may import from, beside itself. */
const BELOW: Record<string, string[]> = {
  utils: [],
  i18n: ['api', 'utils'],
  api: ['utils'],
  stores: ['api', 'i18n', 'utils'],
  components: ['stores', 'api', 'i18n', 'utils'],
  features: ['components', 'stores', 'api', 'i18n', 'utils'],
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|vue)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(SOURCE, name), 'utf8') }))

function imported(name: string, text: string): string[] {
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
  return found
    .filter((path) => path.startsWith('@/') || path.startsWith('.'))
    .map((path) => (path.startsWith('@/') ? path.slice(2) : relative(SOURCE, resolve(SOURCE, dirname(name), path))))
}

describe('source', () => {
  it.each(files)('$name is short enough to be read', ({ text }) => {
    expect(text.split('\n').length).toBeLessThanOrEqual(LONGEST)
  })

  it.each(files)('$name knows no "any"', ({ text }) => {
    expect(text).not.toMatch(/(:|<|as)\s*any\b/)
  })

  it.each(files.filter(({ name }) => name !== 'i18n/index.ts'))(
    '$name leaves texts to the message files',
    ({ text }) => {
      expect(text).not.toMatch(CHINESE_OR_JAPANESE)
    },
  )

  it.each(files)('$name imports downward', ({ name, text }) => {
    const [part = '', feature = ''] = name.split('/')
    const allowed = BELOW[part]
    if (!allowed) return
    const wrong = imported(name, text).filter((path) => {
      const [target = '', other = ''] = path.split('/')
      if (target !== part) return !allowed.includes(target)
      return part === 'features' && other !== feature && !other.startsWith('contract')
    })
    expect(wrong).toEqual([])
  })
})
