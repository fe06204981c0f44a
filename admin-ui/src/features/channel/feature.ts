import { Connection } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import type { Feature } from '../contract'

const meta = { title: 'channel.title', role: Role.ADMIN }

export default {
  routes: [
    { path: '/channel', name: 'channel-list', component: () => import('./ChannelListPage.vue'), meta },
    {
      path: '/channel/add',
      name: 'channel-add',
      component: () => import('./ChannelFormPage.vue'),
      meta: { title: 'channel.add', role: Role.ADMIN },
    },
    {
      path: '/channel/edit/:id',
      name: 'channel-edit',
      component: () => import('./ChannelFormPage.vue'),
      meta: { title: 'channel.edit', role: Role.ADMIN },
    },
  ],
  menu: {
    title: 'channel.title',
    to: '/channel',
    icon: Connection,
    group: 'manage',
    minRole: Role.ADMIN,
    order: 10,
  },
} satisfies Feature
