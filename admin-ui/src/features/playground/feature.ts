import { ChatLineSquare } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

export default {
  routes: [
    {
      path: '/playground',
      name: 'playground',
      component: () => import('./PlaygroundPage.vue'),
      meta: { title: 'playground.title', role: Role.USER },
    },
  ],
  menu: { title: 'playground.title', to: '/playground', icon: ChatLineSquare, group: 'use', minRole: Role.USER, order: 50 },
} satisfies Feature
