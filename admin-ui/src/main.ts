import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { configureHttp } from '@/api/http'
import App from '@/App.vue'
import { queryClient } from '@/app/queryClient'
import { router } from '@/app/router'
import { CHANNEL } from '@/components/useSignOut'
import { i18n, useLanguage } from '@/i18n'
import { usePrefs } from '@/stores/prefs'
import { useSession } from '@/stores/session'
import { useStatus } from '@/stores/status'
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import '@/styles/tokens.css'
import '@/styles/base.css'
import '@/styles/presets.css'

const app = createApp(App)
app.use(createPinia())

const prefs = usePrefs()
const session = useSession()
const status = useStatus()

configureHttp({
  language: () => prefs.language,
  onError(error) {
    const at = router.currentRoute.value
    const isBanned = error.code === 'user_banned'
    if (session.user && (error.status === 401 || isBanned)) {
      session.leave()
      queryClient.clear()
      const reason = isBanned ? { banned: 'true' } : { expired: 'true' }
      void router.replace({ name: 'login', query: { redirect: at.fullPath, ...reason } })
    } else if (error.code === 'permission_denied') {
      void session.refresh()
    }
  },
})

new BroadcastChannel(CHANNEL).onmessage = () => {
  if (!session.user) return
  session.leave()
  queryClient.clear()
  void router.replace({ name: 'login' })
}

// The guards look at the session, so it is known before the first page.
await useLanguage(prefs.language)
await Promise.allSettled([status.load(), session.find()])
prefs.suggest(status.status?.appearance)
app.use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
