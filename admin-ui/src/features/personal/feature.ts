import { Setting } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

const meta = { title: 'personal.title', role: Role.USER }

export default {
  routes: [
    { path: '/setting/personal', component: () => import('./PersonalPage.vue'), meta },
    { path: '/setting', redirect: '/setting/personal', meta },
    { path: '/user/edit', redirect: { path: '/setting/personal', hash: '#profile' }, meta },
  ],
  menu: {
    title: 'personal.title',
    to: '/setting/personal',
    icon: Setting,
    group: 'system',
    minRole: Role.USER,
    order: 10,
  },
} satisfies Feature
