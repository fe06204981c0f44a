import { Tickets } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

export default {
  routes: [
    {
      path: '/log',
      name: 'log',
      component: () => import('./LogPage.vue'),
      meta: { title: 'log.title', role: Role.USER },
    },
  ],
  menu: { title: 'log.title', to: '/log', icon: Tickets, group: 'use', minRole: Role.USER, order: 30 },
} satisfies Feature
