import type { OptionValues } from '@/api/option'
import type { User } from '@/api/user'

/** Whether somebody can still sign in when passwords no longer count. */
export function otherWayIn(user: User, options: OptionValues): boolean {
  const ways: [string, boolean][] = [
    [user.github_id, options.GitHubOAuthEnabled === 'true'],
    [user.oidc_id, options.OidcEnabled === 'true'],
    [user.wechat_id, options.WeChatAuthEnabled === 'true'],
    // Lark has no switch: an app id turns it on.
    [user.lark_id, Boolean(options.LarkClientId)],
  ]
  return ways.some(([bound, isOn]) => bound && isOn)
}
