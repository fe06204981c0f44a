import { ElMessageBox } from 'element-plus/es/components/message-box/index'
import 'element-plus/theme-chalk/el-message-box.css'
import 'element-plus/theme-chalk/el-overlay.css'
import { onBeforeUnmount, onMounted } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'
import { i18n } from '@/i18n'

/** Asks whether changes may be thrown away. */
export async function confirmDiscard(): Promise<boolean> {
  const { t } = i18n.global
  const answer = await ElMessageBox.confirm(t('form.discardText'), t('form.discard'), {
    confirmButtonText: t('form.discardYes'),
    cancelButtonText: t('action.cancel'),
    autofocus: false,
  }).catch(() => null)
  return answer !== null
}

/** Asks before a changed form is left, by the browser's buttons too. */
export function useLeaveGuard(isDirty: () => boolean): void {
  const onUnload = (event: BeforeUnloadEvent) => {
    if (isDirty()) event.preventDefault()
  }
  onMounted(() => addEventListener('beforeunload', onUnload))
  onBeforeUnmount(() => removeEventListener('beforeunload', onUnload))
  onBeforeRouteLeave(() => !isDirty() || confirmDiscard())
}
