/** Short news at the edge of the screen; what belongs to a form or a list stands there instead. */
import { ElMessage } from 'element-plus/es/components/message/index'
import 'element-plus/theme-chalk/el-message.css'
import { ApiError } from '@/api/http'
import { i18n } from '@/i18n'
import { textOf } from '@/i18n/errors'

const GOOD_MS = 5000
const BAD_MS = 10_000

export function tellDone(text: string): void {
  ElMessage({ message: text, type: 'success', duration: GOOD_MS, showClose: true, grouping: true })
}

export function tellInfo(text: string): void {
  ElMessage({ message: text, type: 'info', duration: 8000, showClose: true, grouping: true })
}

export function tellFailure(error: unknown): void {
  const id = error instanceof ApiError && error.requestId ? ` (${i18n.global.t('error.requestId')} ${error.requestId})` : ''
  ElMessage({ message: textOf(error) + id, type: 'error', duration: BAD_MS, showClose: true, grouping: true })
}
