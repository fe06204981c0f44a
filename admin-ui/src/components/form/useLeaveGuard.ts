import { ElMessageBox } from 'element-plus/es/components/message-box/index'
import 'element-plus/theme-chalk/el-message-box.css'
import 'element-plus/theme-chalk/el-overlay.css'
import { onBeforeUnmount, onMounted } from 'vue'
import { useI18n } from 'vue-i18n'
import { onBeforeRouteLeave } from 'vue-router'

/** Asks before a page with unsaved changes is left, by a link or by closing the window. */
export function useLeaveGuard(isDirty: () => boolean): void {
  const { t } = useI18n()

  function onUnload(event: BeforeUnloadEvent): void {
    if (isDirty()) event.preventDefault()
  }
  onMounted(() => window.addEventListener('beforeunload', onUnload))
  onBeforeUnmount(() => window.removeEventListener('beforeunload', onUnload))

  onBeforeRouteLeave(async () => {
    if (!isDirty()) return true
    const agreed = await ElMessageBox.confirm(t('form.discard'), {
      confirmButtonText: t('form.discardYes'),
      cancelButtonText: t('action.cancel'),
    }).catch(() => null)
    return agreed !== null
  })
}
