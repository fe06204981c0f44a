import { describe, expect, it } from 'vitest'
import type { Status } from '@/api/status'
import { consentAddress, isOffered, returnsElsewhere } from '@/components/signin/providers'
import { safeRedirect } from '@/utils/paths'

const STATUS = {
  github_oauth: true,
  github_client_id: 'gh id',
  lark_client_id: 'cli_1',
  oidc: false,
  oidc_client_id: 'one-api',
  oidc_authorization_endpoint: 'https://id.example.com/authorize?tenant=a+b',
  server_address: 'https://api.example.com/',
} as Status
const HERE = 'https://api.example.com'

describe('consent', () => {
  it('is asked of GitHub with client, state and scope', () => {
    expect(consentAddress('github', STATUS, 'xyz', HERE)).toBe(
      'https://github.com/login/oauth/authorize?client_id=gh%20id&scope=user%3Aemail&state=xyz',
    )
  })

  it('is asked of Lark with the page to come back to', () => {
    expect(consentAddress('lark', STATUS, 'xyz', HERE)).toBe(
      'https://accounts.feishu.cn/open-apis/authen/v1/authorize' +
        '?redirect_uri=https%3A%2F%2Fapi.example.com%2Foauth%2Flark&client_id=cli_1&state=xyz',
    )
  })

  it('keeps the query that an OpenID endpoint has', () => {
    const address = new URL(consentAddress('oidc', STATUS, 'xyz', HERE))
    expect(Object.fromEntries(address.searchParams)).toEqual({
      tenant: 'a b',
      client_id: 'one-api',
      redirect_uri: 'https://api.example.com/oauth/oidc',
      response_type: 'code',
      scope: 'openid profile email',
      state: 'xyz',
    })
    expect(address.search).toContain('scope=openid%20profile%20email')
  })
})

describe('a service', () => {
  it('is offered when an administrator has switched it on', () => {
    expect([isOffered('github', STATUS), isOffered('lark', STATUS), isOffered('oidc', STATUS)]).toEqual([true, true, false])
    expect(isOffered('lark', { ...STATUS, lark_client_id: '' })).toBe(false)
  })

  it('comes back elsewhere when the site is open at another address', () => {
    expect(returnsElsewhere('oidc', STATUS, HERE)).toBe(false)
    expect(returnsElsewhere('oidc', STATUS, 'http://10.0.0.1:3000')).toBe(true)
    expect(returnsElsewhere('github', STATUS, 'http://10.0.0.1:3000')).toBe(false)
  })
})

describe('the page after signing in', () => {
  it('is inside this site', () => {
    expect(safeRedirect('/log?p=2#x')).toBe('/log?p=2#x')
    for (const path of ['//evil.example', '/\\evil.example', 'https://evil.example', '', undefined, ['/a']]) {
      expect(safeRedirect(path)).toBe('/dashboard')
    }
  })
})
