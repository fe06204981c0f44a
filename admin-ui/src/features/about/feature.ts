import { InfoFilled } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

export default {
  routes: [
    {
      path: '/about',
      name: 'about',
      component: () => import('./AboutPage.vue'),
      meta: { title: 'about.title', role: Role.GUEST },
    },
  ],
  menu: { title: 'about.title', to: '/about', icon: InfoFilled, group: 'system', minRole: Role.USER, order: 90 },
} satisfies Feature
