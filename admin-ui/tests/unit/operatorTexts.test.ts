import { describe, expect, it } from 'vitest'
import { frameOf } from '@/utils/frame'
import { hashOf } from '@/utils/hash'

describe('a page of the operator', () => {
  it('stands in a frame when it is one address', () => {
    expect(frameOf(' https://docs.example.com/x ', 'https://here')?.address).toBe('https://docs.example.com/x')
    expect(frameOf('https://docs.example.com is our page', 'https://here')).toBeNull()
    expect(frameOf('# Hello', 'https://here')).toBeNull()
  })

  it('keeps its origin only when that is not ours', () => {
    expect(frameOf('https://there/', 'https://here')?.sandbox).toContain('allow-same-origin')
    expect(frameOf('https://here/page', 'https://here')?.sandbox).not.toContain('allow-same-origin')
  })
})

describe('the number of a text', () => {
  it('is another one for another text', () => {
    expect(hashOf('a')).toBe(hashOf('a'))
    expect(hashOf('a')).not.toBe(hashOf('b'))
  })
})
