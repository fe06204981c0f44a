import { describe, expect, it } from 'vitest'
import { curlExample, serverAddress } from '@/utils/address'

describe('address of the server', () => {
  it('is the one that was set, without a slash at its end', () => {
    expect(serverAddress('https://api.example.com/', 'http://here')).toBe('https://api.example.com')
  })

  it.each(['', undefined, 'http://localhost:3000'])('is this page’s while it is %s', (told) => {
    expect(serverAddress(told, 'http://here:8080')).toBe('http://here:8080')
  })

  it('gives a call that a shell understands', () => {
    expect(curlExample('http://here/v1', 'sk-1', 'gpt-4o')).toContain('-d \'{"model":"gpt-4o"')
  })
})
