import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { Role } from '@/api/user'
import { useSession } from '@/stores/session'
import { safeRedirect } from '@/utils/paths'
import { features } from './features'
import { oldPaths } from './oldPaths'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    role?: number
    public?: boolean
  }
}

const ForbiddenPage = () => import('@/layouts/ForbiddenPage.vue')
const NotFoundPage = () => import('@/layouts/NotFoundPage.vue')

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    ...features.flatMap((feature) => feature.routes),
    ...oldPaths,
    { path: '/403', name: 'forbidden', component: ForbiddenPage, meta: { title: 'page.forbidden', role: 0 } },
    { path: '/:rest(.*)*', name: 'not-found', component: NotFoundPage, meta: { title: 'page.notFound', role: 0 } },
  ],
})

router.beforeEach((to) => {
  const { role } = useSession()
  const needed = to.meta.role ?? Role.USER
  if (role >= needed) return to.name === 'login' && role > Role.GUEST ? afterLogin(to) : true
  if (role === Role.GUEST) return { name: 'login', query: { redirect: to.fullPath } }
  return { name: 'forbidden', query: { from: to.fullPath }, replace: true }
})

/** Where somebody goes who has just signed in. */
export function afterLogin(at: RouteLocationNormalized): string {
  return safeRedirect(at.query.redirect)
}
