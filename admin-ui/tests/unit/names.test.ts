import { expect, it } from 'vitest'
import { fromNames, toNames } from '@/utils/names'

it('splits what was pasted at commas and lines, each name once', () => {
  expect(toNames(' a,b\n\n c ,\r\na，d')).toEqual(['a', 'b', 'c', 'd'])
})

it('makes no names of nothing', () => {
  expect([toNames(''), toNames(null), toNames(undefined)]).toEqual([[], [], []])
})

it('joins without blanks', () => {
  expect(fromNames(['a', 'b'])).toBe('a,b')
})
