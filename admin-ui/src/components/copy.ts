import { ElMessageBox } from 'element-plus/es/components/message-box/index'
import 'element-plus/theme-chalk/el-message-box.css'
import 'element-plus/theme-chalk/el-overlay.css'
import { i18n } from '@/i18n'
import { copyText } from '@/utils/clipboard'
import { tellDone } from './toast'

/** Copies a text and says so; where a browser forbids it, shows the text to copy by hand. */
export async function copyAndTell(text: string): Promise<void> {
  const { t } = i18n.global
  if (await copyText(text)) return tellDone(t('copy.copied'))
  await ElMessageBox.prompt(t('copy.byHand'), t('copy.failed'), {
    inputType: 'textarea',
    inputValue: text,
    showCancelButton: false,
    confirmButtonText: t('action.close'),
  }).catch(() => null)
}
