/** Short news at the edge of the screen; what belongs to a form or a list stands there instead. */
import { ElMessage } from 'element-plus/es/components/message/index'
import 'element-plus/theme-chalk/el-message.css'
import { h } from 'vue'
import { ApiError } from '@/api/http'
import { i18n } from '@/i18n'
import { textOf } from '@/i18n/errors'

const GOOD_MS = 5000
const INFO_MS = 8000
const BAD_MS = 10_000

export function tellDone(text: string): void {
  show('success', text, GOOD_MS)
}

export function tellInfo(text: string): void {
  show('info', text, INFO_MS)
}

export function tellFailure(error: unknown): void {
  tell(textOf(error), error)
}

/** The same for one of many objects, which it names. */
export function tellFailureOf(name: string, error: unknown): void {
  tell(`${name}: ${textOf(error)}`, error)
}

function tell(text: string, error: unknown): void {
  const id = error instanceof ApiError && error.requestId ? ` (${i18n.global.t('error.requestId')} ${error.requestId})` : ''
  show('error', text + id, BAD_MS)
}

function show(type: 'success' | 'info' | 'error', message: string, duration: number): void {
  const placement = window.matchMedia('(min-width: 640px)').matches ? 'bottom-right' : 'top'
  ElMessage({ message, type, duration, placement, showClose: true, grouping: true })
}

/** Tells what was done, with a way back. */
export function tellUndo(text: string, undo: () => void): void {
  const message = ElMessage({
    type: 'success',
    duration: BAD_MS,
    showClose: true,
    message: h('span', [
      `${text} `,
      h('button', { type: 'button', class: 'toast-undo', onClick: () => (message.close(), undo()) }, i18n.global.t('action.undo')),
    ]),
  })
}

/** Says what is in the way, where no server said no. */
export function tellProblem(text: string): void {
  ElMessage({ message: text, type: 'warning', duration: BAD_MS, showClose: true, grouping: true })
}
