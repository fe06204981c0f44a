import { ChatDotRound } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import { useStatus } from '@/stores/status'
import type { Feature } from '../contract'

/** The operator set an address, or a list of clients. */
function isSet(): boolean {
  const { status } = useStatus()
  return Boolean(status?.chat_link) || (status?.chats?.length ?? 0) > 0
}

export default {
  routes: [
    {
      path: '/chat/:id?',
      name: 'chat',
      component: () => import('./ChatPage.vue'),
      meta: { title: 'chat.title', role: Role.USER },
    },
  ],
  menu: { title: 'chat.title', to: '/chat', icon: ChatDotRound, group: 'use', minRole: Role.USER, order: 60, when: isSet },
} satisfies Feature
