import { ref } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { Role } from '@/api/user'
import { useSession } from '@/stores/session'
import { safeRedirect } from '@/utils/paths'
import { forget, keep, kept } from '@/utils/tabMemory'
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
  scrollBehavior: (to, _from, saved) => saved ?? (to.hash ? { el: to.hash } : { top: 0 }),
  routes: [
    ...features.flatMap((feature) => feature.routes),
    ...oldPaths,
    { path: '/403', name: 'forbidden', component: ForbiddenPage, meta: { title: 'page.forbidden', role: 0 } },
    { path: '/:rest(.*)*', name: 'not-found', component: NotFoundPage, meta: { title: 'page.notFound', role: 0 } },
  ],
})

/** A page's files could not be loaded, not even anew. */
export const isPageLost = ref(false)

/** The one page there is for somebody whose password is the well-known one. */
const FIRST = '/setting/personal'

router.beforeEach((to) => {
  const session = useSession()
  const needed = to.meta.role ?? Role.USER
  if (session.mustChangePassword && to.path !== FIRST) return { path: FIRST, hash: '#password' }
  if (session.role === Role.GUEST && needed > Role.GUEST) {
    return { name: 'login', query: { redirect: to.fullPath } }
  }
  // Who is signed in and may not see a page is told so in its place; see App.vue.
  return to.name === 'login' && session.role > Role.GUEST ? afterLogin(to) : true
})

// After a new version was installed, the old one's files are gone: load the page anew, once.
router.onError((_error, to) => {
  if (kept('reloaded') === to.fullPath) {
    isPageLost.value = true
    return
  }
  keep('reloaded', to.fullPath)
  location.assign(to.fullPath)
})
router.afterEach((_to, _from, failure) => {
  if (failure) return
  forget('reloaded')
  isPageLost.value = false
})

/** Where somebody goes who has just signed in. */
export function afterLogin(at: RouteLocationNormalized): string {
  return safeRedirect(at.query.redirect)
}
