import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateJSON } from '@intlify/bundle-utils'
import type { Plugin } from 'vite'

export const LANGUAGES = ['en', 'zh', 'ja'] as const

/** Texts by key, nested. */
export interface Tree {
  [key: string]: string | Tree
}

const PREFIX = 'virtual:messages/'

/**
 * One lazy module a language, put together from every feature's `messages.json` and from `i18n/`.
 * A page then loads the texts of one language, compiled when the program is built.
 */
export function messages(source: string): Plugin {
  return {
    name: 'messages',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null
      for (const file of files(source)) this.addWatchFile(file)
      const tree = merged(source, id.slice(PREFIX.length + 1))
      return generateJSON(JSON.stringify(tree), { type: 'plain', env: 'production' }).code
    },
  }
}

/** The texts of one language; a feature's stand under the name of its folder. */
export function merged(source: string, language: string): Tree {
  const tree: Tree = read(join(source, 'i18n', 'common.json'), language)
  tree.code = read(join(source, 'i18n', 'codes.json'), language)
  for (const feature of features(source)) {
    tree[feature] = read(join(source, 'features', feature, 'messages.json'), language)
  }
  return tree
}

function files(source: string): string[] {
  const own = ['common.json', 'codes.json'].map((name) => join(source, 'i18n', name))
  return [...own, ...features(source).map((name) => join(source, 'features', name, 'messages.json'))]
}

function features(source: string): string[] {
  const folders = readdirSync(join(source, 'features'), { withFileTypes: true })
  return folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

function read(file: string, language: string): Tree {
  const all = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Tree>
  return all[language] ?? {}
}
