import { Key } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

const TokenFormDrawer = () => import('./TokenFormDrawer.vue')

export default {
  routes: [
    {
      path: '/token',
      name: 'token-list',
      component: () => import('./TokenListPage.vue'),
      meta: { title: 'token.title', role: Role.USER },
      children: [
        { path: 'add', name: 'token-add', component: TokenFormDrawer, meta: { title: 'token.add' } },
        { path: 'edit/:id', name: 'token-edit', component: TokenFormDrawer, meta: { title: 'token.edit' } },
      ],
    },
  ],
  menu: { title: 'token.title', to: '/token', icon: Key, group: 'use', minRole: Role.USER, order: 20 },
} satisfies Feature
