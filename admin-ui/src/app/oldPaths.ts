import type { RouteRecordRaw, RouteRecordRedirectOption } from 'vue-router'

const KEPT = ['dashboard', 'channel', 'token', 'log', 'redemption', 'topup', 'user']

/** Bookmarks of One API's other themes lead to the same pages here. */
export const oldPaths: RouteRecordRaw[] = [
  { path: '/panel', redirect: '/dashboard' },
  ...KEPT.map((name) => ({ path: `/panel/${name}`, redirect: to(`/${name}`) })),
  { path: '/panel/profile', redirect: to('/setting/personal') },
  {
    path: '/panel/setting',
    redirect: (from) => ({
      path: from.hash ? `/setting/${from.hash.slice(1)}` : '/setting',
      query: from.query,
      hash: '',
    }),
  },
  { path: '/detail', redirect: to('/dashboard') },
]

function to(path: string): RouteRecordRedirectOption {
  return (from) => ({ path, query: from.query, hash: from.hash })
}
