/** A question before something that cannot be taken back. */
import { ElMessageBox } from 'element-plus/es/components/message-box/index'
import 'element-plus/theme-chalk/el-message-box.css'
import 'element-plus/theme-chalk/el-overlay.css'
import { i18n } from '@/i18n'

/** Returns whether the person said yes; `yes` is the word on that button. */
export async function ask(title: string, text: string, yes: string, isDanger = true): Promise<boolean> {
  const { t } = i18n.global
  const answer = await ElMessageBox.confirm(text, title, {
    confirmButtonText: yes,
    cancelButtonText: t('action.cancel'),
    confirmButtonClass: isDanger ? 'el-button--danger' : '',
    autofocus: false,
  }).catch(() => null)
  return answer !== null
}
