import { PriceTag } from '@element-plus/icons-vue'
import { Role } from '@/api/user'
import { useStatus } from '@/stores/status'
import type { Feature } from '../contract'

/** A plain One API does not tell prices. */
const isKnown = () => useStatus().status?.pricing_public !== undefined

export default {
  routes: [
    {
      path: '/price',
      name: 'price',
      component: () => import('./PricePage.vue'),
      // Guests come in where the operator says so; the page itself looks.
      meta: { title: 'price.title', role: Role.GUEST },
    },
  ],
  menu: { title: 'price.title', to: '/price', icon: PriceTag, group: 'use', minRole: Role.USER, order: 40, when: isKnown },
} satisfies Feature
