import { Role } from '@/api/user'
import type { Feature, FeatureRoute } from '../contract'

const meta = (title: string) => ({ title, role: Role.GUEST, public: true })

// Operators have registered these addresses with the services.
const callbacks: FeatureRoute[] = ['github', 'lark', 'oidc'].map((provider) => ({
  path: `/oauth/${provider}`,
  component: () => import('./CallbackPage.vue'),
  props: { provider },
  meta: meta('auth.signingIn'),
}))

export default {
  routes: [
    { path: '/login', name: 'login', component: () => import('./LoginPage.vue'), meta: meta('auth.title') },
    { path: '/register', component: () => import('./RegisterPage.vue'), meta: meta('auth.register') },
    { path: '/reset', component: () => import('./ResetPage.vue'), meta: meta('auth.reset') },
    { path: '/user/reset', component: () => import('./ResetConfirmPage.vue'), meta: meta('auth.resetConfirm') },
    ...callbacks,
  ],
} satisfies Feature
