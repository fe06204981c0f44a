import { describe, expect, it } from 'vitest'
import { formatsOf, keyOfChannel, maskedKey, siteOf, type Handout } from '@/features/token/links'

const GIVEN: Handout = { key: 'abc', server: 'https://api.example.com', chatLink: '', chats: [] }
const textOf = (name: string, given: Partial<Handout> = {}) =>
  formatsOf({ ...GIVEN, ...given }).find((format) => format.name === name)

describe('formats of a key', () => {
  it('begin with the plain key, which nothing opens', () => {
    expect(formatsOf(GIVEN)[0]).toEqual({ name: 'key', isOwn: false, text: 'sk-abc', address: '' })
  })

  it('copy NextChat as One API writes it, and open it encoded', () => {
    const chat = textOf('nextchat')
    expect(chat?.text).toBe('https://app.nextchat.dev/#/?settings={"key":"sk-abc","url":"https://api.example.com"}')
    expect(chat?.address).toBe(
      'https://app.nextchat.dev/#/?settings=%7B%22key%22%3A%22sk-abc%22%2C%22url%22%3A%22https%3A%2F%2Fapi.example.com%22%7D',
    )
  })

  it('put NextChat at the chat link of the operator, without its last slash', () => {
    expect(textOf('nextchat', { chatLink: 'https://chat.example.com/' })?.text).toBe(
      'https://chat.example.com/#/?settings={"key":"sk-abc","url":"https://api.example.com"}',
    )
  })

  it('encode the server for AMA and OpenCat', () => {
    expect(textOf('ama')?.text).toBe('ama://set-api-key?server=https%3A%2F%2Fapi.example.com&key=sk-abc')
    expect(textOf('opencat')?.text).toBe('opencat://team/join?domain=https%3A%2F%2Fapi.example.com&token=sk-abc')
  })

  it('have LobeChat only with a chat link', () => {
    expect(textOf('lobechat')).toBeUndefined()
    expect(textOf('lobechat', { chatLink: 'https://lobe.example.com' })?.text).toBe(
      'https://lobe.example.com/?settings={"keyVaults":{"openai":{"apiKey":"sk-abc","baseURL":"https://api.example.com/v1"}}}',
    )
  })

  it('fill in the chat pages of the operator', () => {
    const chats = [{ Mine: 'https://mine.example.com/?k={key}&a={address}&s={server}' }]
    expect(textOf('Mine', { chats })).toEqual({
      name: 'Mine',
      isOwn: true,
      text: 'https://mine.example.com/?k=sk-abc&a=https%3A%2F%2Fapi.example.com&s=https%3A%2F%2Fapi.example.com',
      address: 'https://mine.example.com/?k=sk-abc&a=https%3A%2F%2Fapi.example.com&s=https%3A%2F%2Fapi.example.com',
    })
  })

  it('leave out chat pages that would run a script', () => {
    const chats: Record<string, string>[] = [{ Bad: 'javascript:alert("{key}")' }, { Worse: ' JavaScript:alert(1)' }, { None: 'no address' }]
    expect(formatsOf({ ...GIVEN, chats }).filter((format) => format.isOwn)).toEqual([])
  })

  it('open nothing at a chat link that is no address', () => {
    expect(textOf('nextchat', { chatLink: 'javascript:alert(1)//' })?.address).toBe('')
    expect(textOf('nextchat', { chatLink: 'chat' })?.address).toBe('')
  })

  it('say the environment of a client', () => {
    expect(textOf('env')?.text).toBe('OPENAI_BASE_URL=https://api.example.com/v1\nOPENAI_API_KEY=sk-abc')
  })
})

describe('a key', () => {
  it('names a channel at its end', () => {
    expect(keyOfChannel('abc', 12)).toBe('sk-abc-12')
  })

  it('is shown by its ends', () => {
    expect(maskedKey('abcd5678wxyz')).toBe('sk-abcd…wxyz')
    expect(maskedKey('short')).toBe('sk-short')
  })

  it('goes to a site only over the web', () => {
    expect(siteOf('https://chat.example.com:8443/x')).toBe('chat.example.com:8443')
    expect(siteOf('opencat://team/join')).toBe('')
  })
})
