import { User } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

export default {
  routes: [
    {
      path: '/user',
      name: 'user-list',
      component: () => import('./UserListPage.vue'),
      meta: { title: 'user.title', role: Role.ADMIN },
      children: [
        { path: 'add', name: 'user-add', component: () => import('./UserAddDrawer.vue'), meta: { title: 'user.add' } },
        {
          path: 'edit/:id(\\d+)',
          name: 'user-edit',
          component: () => import('./UserEditDrawer.vue'),
          meta: { title: 'user.edit' },
        },
      ],
    },
  ],
  menu: { title: 'user.title', to: '/user', icon: User, group: 'manage', minRole: Role.ADMIN, order: 30 },
} satisfies Feature
