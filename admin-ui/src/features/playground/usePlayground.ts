import { reactive, ref } from 'vue'
import { complete, type ChatMessage, type Question } from '@/api/completion'
import { ApiError } from '@/api/http'
import { listLogs } from '@/api/log'
import { textOf } from '@/i18n/errors'

export interface Turn {
  question: string
  answer: string
  /** Milliseconds until the answer was complete. */
  took: number
  promptTokens: number | null
  completionTokens: number | null
  /** Quota units, from the log. */
  quota: number | null
  requestId: string
  failure: string
  code: string
  stopped: boolean
}

export interface Setup {
  key: string
  model: string
  system: string
  temperature: number
  /** 0 leaves it to the model. */
  maxTokens: number
  stream: boolean
}

const RECENT_ROWS = 10

/** A conversation that nobody keeps: it is gone with the page. */
export function usePlayground() {
  const turns = ref<Turn[]>([])
  const busy = ref(false)
  let stopper: AbortController | null = null

  async function send(setup: Setup, text: string): Promise<void> {
    const question = questionOf(setup, turns.value, text)
    const turn = reactive<Turn>({
      question: text, answer: '', took: 0, promptTokens: null, completionTokens: null,
      quota: null, requestId: '', failure: '', code: '', stopped: false,
    })
    turns.value.push(turn)
    busy.value = true
    stopper = new AbortController()
    const began = performance.now()
    try {
      const { requestId, usage } = await complete(setup.key, question, stopper.signal, (more) => (turn.answer += more))
      turn.requestId = requestId
      turn.promptTokens = usage?.prompt_tokens ?? null
      turn.completionTokens = usage?.completion_tokens ?? null
    } catch (error) {
      note(turn, error, stopper.signal.aborted)
    } finally {
      turn.took = performance.now() - began
      busy.value = false
      stopper = null
    }
    if (turn.requestId && !turn.failure) await addCost(turn)
  }

  return { turns, busy, send, stop: () => stopper?.abort(), clear: () => (turns.value = []) }
}

/** What is sent: the system prompt, what was answered so far, and the new question. */
export function questionOf(setup: Setup, turns: readonly Turn[], text: string): Question {
  const past = turns
    .filter(({ answer, failure }) => answer && !failure)
    .flatMap(({ question, answer }): ChatMessage[] => [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ])
  const system: ChatMessage[] = setup.system.trim() ? [{ role: 'system', content: setup.system }] : []
  return {
    model: setup.model,
    messages: [...system, ...past, { role: 'user', content: text }],
    stream: setup.stream,
    temperature: setup.temperature,
    ...(setup.maxTokens > 0 ? { max_tokens: setup.maxTokens } : {}),
  }
}

function note(turn: Turn, error: unknown, stopped: boolean): void {
  turn.stopped = stopped
  if (stopped) return
  turn.failure = textOf(error)
  if (error instanceof ApiError) {
    turn.requestId = error.requestId
    turn.code = error.code.replace(/^relay:/, '')
  }
}

async function addCost(turn: Turn): Promise<void> {
  try {
    const { rows } = await listLogs('own', { page: 0, pageSize: RECENT_ROWS })
    turn.quota = rows.find((row) => row.request_id === turn.requestId)?.quota ?? null
  } catch {
    /* the answer is there; its cost is an extra */
  }
}
