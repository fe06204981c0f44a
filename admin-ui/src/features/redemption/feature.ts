import { Ticket } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

const RedemptionFormDrawer = () => import('./RedemptionFormDrawer.vue')

export default {
  routes: [
    {
      path: '/redemption',
      name: 'redemption-list',
      component: () => import('./RedemptionListPage.vue'),
      meta: { title: 'redemption.title', role: Role.ADMIN },
      children: [
        { path: 'add', name: 'redemption-add', component: RedemptionFormDrawer, meta: { title: 'redemption.add' } },
        { path: 'edit/:id', name: 'redemption-edit', component: RedemptionFormDrawer, meta: { title: 'redemption.edit' } },
      ],
    },
  ],
  menu: {
    title: 'redemption.title',
    to: '/redemption',
    icon: Ticket,
    group: 'manage',
    minRole: Role.ADMIN,
    order: 20,
  },
} satisfies Feature
