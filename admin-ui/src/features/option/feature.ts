import { Role } from '@/api/user'
import type { Feature } from '../contract'

export default {
  routes: [
    {
      path: '/setting/operation',
      name: 'setting-operation',
      component: () => import('./OperationPage.vue'),
      meta: { title: 'setting.operation', role: Role.ROOT },
    },
    {
      path: '/setting/system',
      name: 'setting-system',
      component: () => import('./SystemPage.vue'),
      meta: { title: 'setting.system', role: Role.ROOT },
    },
    {
      path: '/setting/other',
      name: 'setting-other',
      component: () => import('./OtherPage.vue'),
      meta: { title: 'setting.other', role: Role.ROOT },
    },
  ],
} satisfies Feature
