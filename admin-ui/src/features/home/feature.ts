import { Role } from '@/api/user'
import type { Feature } from '../contract'

export default {
  routes: [
    {
      path: '/',
      name: 'home',
      component: () => import('./HomePage.vue'),
      meta: { title: 'home.title', role: Role.GUEST, public: true },
    },
  ],
} satisfies Feature
