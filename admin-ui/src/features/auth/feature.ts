import { Role } from '@/api/user'
import type { Feature } from '../contract'

export default {
  routes: [
    {
      path: '/login',
      name: 'login',
      component: () => import('./LoginPage.vue'),
      meta: { title: 'auth.title', role: Role.GUEST, public: true },
    },
  ],
} satisfies Feature
