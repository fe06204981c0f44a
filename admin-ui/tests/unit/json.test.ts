import { expect, it } from 'vitest'
import { jsonFault, jsonObject } from '@/utils/json'

it('names the line where a document breaks', () => {
  expect(jsonFault('{"a": 1,\n "b" x}')?.line).toBe(2)
  expect(jsonFault('{\n"a": [1, "x\n"]')?.line).toBe(2)
  expect(jsonFault('{\n"a": 1\n')?.line).toBe(3)
  expect(jsonFault('[1,\n{"a": {}},\n]')?.line).toBe(3)
})

it('finds no fault in good JSON', () => {
  expect(jsonFault('{"a": 1}')).toBeNull()
})

it('takes objects only, and nothing for an empty one', () => {
  expect(jsonObject('{"a":1}')).toEqual({ a: 1 })
  expect(jsonObject(' ')).toEqual({})
  expect([jsonObject('[1]'), jsonObject('1'), jsonObject('null'), jsonObject('{')]).toEqual([null, null, null, null])
})
