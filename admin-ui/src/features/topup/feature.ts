import { Wallet } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

export default {
  routes: [
    { path: '/topup', component: () => import('./TopUpPage.vue'), meta: { title: 'topup.title', role: Role.USER } },
  ],
  menu: { title: 'topup.title', to: '/topup', icon: Wallet, group: 'use', minRole: Role.USER, order: 70 },
} satisfies Feature
