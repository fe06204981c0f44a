import { Odometer } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

export default {
  routes: [
    {
      path: '/dashboard',
      name: 'dashboard',
      component: () => import('./DashboardPage.vue'),
      meta: { title: 'dashboard.title', role: Role.USER },
    },
  ],
  menu: { title: 'dashboard.title', to: '/dashboard', icon: Odometer, group: 'use', minRole: Role.USER, order: 10 },
} satisfies Feature
