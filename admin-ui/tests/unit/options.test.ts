import { describe, expect, it } from 'vitest'
import type { User } from '@/api/user'
import { aboveZero, atMost, domains, domainsIn, integer, url } from '@/features/option/checks'
import { OPERATION, OTHER, SYSTEM } from '@/features/option/fields'
import { otherWayIn } from '@/features/option/lockout'
import { chatAddress, chatsOf, chatsText, isOpenable } from '@/utils/chats'
import messages from '@/features/option/messages.json'

describe('checks of options', () => {
  it('want whole numbers inside their range', () => {
    expect(integer(0, 10)('11')?.key).toBe('range')
    expect(integer(0)('1.5')?.key).toBe('integer')
    expect(integer(0)('-1')?.key).toBe('range')
    expect(integer(0)('7')).toBeNull()
  })

  it('want more than nothing for what is divided by', () => {
    expect(aboveZero('0')?.key).toBe('positive')
    expect(aboveZero('0.01')).toBeNull()
  })

  it('count characters, not their bytes', () => {
    expect(atMost(4)('￥￥￥￥')).toBeNull()
    expect(atMost(4)('12345')?.key).toBe('long')
  })

  it('want addresses of the web', () => {
    expect(url('')).toBeNull()
    expect(url('https://example.com')).toBeNull()
    expect(url('javascript:alert(1)')?.key).toBe('url')
  })

  it('want domains without an at', () => {
    expect(domains('gmail.com,QQ.com')).toBeNull()
    expect(domains('a@b.com')?.values).toEqual({ name: 'a@b.com' })
    expect(domainsIn('A.com\nb.com, a.com')).toEqual(['a.com', 'b.com'])
  })
})

describe('fields of options', () => {
  const sections = [...OPERATION, ...SYSTEM, ...OTHER]
  const fields = sections.flatMap((section) => section.fields).filter(({ kind }) => kind !== 'callback')

  it('all have a name, and every section a title', () => {
    const { f, s } = messages.en as { f: Record<string, string>; s: Record<string, string> }
    expect(fields.map(({ key }) => key).filter((key) => !f[key])).toEqual([])
    expect(sections.map(({ name }) => name).filter((name) => !s[name])).toEqual([])
  })

  it('stand in one place only', () => {
    expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length)
  })

  it('never show what ends like a secret', () => {
    const open = fields.filter(({ key, kind }) => /(Secret|SecretKey|SMTPToken|ServerToken|PusherToken)$/.test(key) && kind !== 'secret')
    expect(open).toEqual([])
  })
})

describe('switching passwords off', () => {
  const user = { github_id: '1', oidc_id: '', wechat_id: '', lark_id: '' } as User

  it('needs a bound account whose login is on', () => {
    expect(otherWayIn(user, { GitHubOAuthEnabled: 'true' })).toBe(true)
    expect(otherWayIn(user, { GitHubOAuthEnabled: 'false' })).toBe(false)
    expect(otherWayIn({ ...user, github_id: '' }, { GitHubOAuthEnabled: 'true' })).toBe(false)
  })
})

describe('chat clients', () => {
  it('keep their order when they are written and read', () => {
    const chats = [{ name: 'b', url: 'https://b' }, { name: 'a', url: 'https://a' }]
    expect(chatsOf(JSON.parse(chatsText(chats)) as Record<string, string>[])).toEqual(chats)
  })

  it('get key and address where they have a place for them', () => {
    expect(chatAddress('https://c/?k={key}&u={address}', 'sk-1', 'https://s/x')).toBe('https://c/?k=sk-1&u=https%3A%2F%2Fs%2Fx')
  })

  it('are opened as NextChat where they have none', () => {
    const settings = encodeURIComponent('{"key":"sk-1","url":"https://s"}')
    expect(chatAddress('https://c/', 'sk-1', 'https://s')).toBe(`https://c/#/?settings=${settings}`)
    expect(chatAddress('https://c/', '', 'https://s')).toBe('https://c/')
  })

  it('may be programs, never scripts', () => {
    expect(isOpenable('opencat://team/join?token={key}')).toBe(true)
    expect(isOpenable('javascript:alert(1)')).toBe(false)
    expect(isOpenable(' data:text/html,x')).toBe(false)
  })
})
