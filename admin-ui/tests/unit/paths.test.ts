import { expect, it } from 'vitest'
import { safeRedirect } from '@/utils/paths'

it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '', undefined, ['/a']])(
  'does not follow %o',
  (asked) => {
    expect(safeRedirect(asked)).toBe('/dashboard')
  },
)

it('returns to a place of this site, query and all', () => {
  expect(safeRedirect('/channel?p=2#x')).toBe('/channel?p=2#x')
})
