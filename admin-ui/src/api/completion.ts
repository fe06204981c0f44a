/** /v1/chat/completions of this server, with the key of a token. */
import { ApiError } from './http'
import { eventsIn } from '@/utils/sse'

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
}

export interface Question {
  model: string
  messages: ChatMessage[]
  stream: boolean
  temperature?: number
  max_tokens?: number
}

export interface Usage {
  prompt_tokens: number
  completion_tokens: number
}

export interface Answered {
  requestId: string
  usage: Usage | null
}

interface Told {
  choices?: { message?: { content?: string | null }; delta?: { content?: string | null } }[]
  usage?: Usage | null
  error?: { message?: string; code?: string | number | null; type?: string }
}

const CALL = 'POST /v1/chat/completions'

/** Asks, and hands over the text as it comes.  Raises an `ApiError`, or what the signal was aborted with. */
export async function complete(
  key: string,
  question: Question,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<Answered> {
  const answer = await ask(key, question, signal)
  const requestId = answer.headers.get('X-Oneapi-Request-Id') ?? ''
  const isStream = (answer.headers.get('Content-Type') ?? '').includes('text/event-stream')
  if (!answer.ok || !isStream || !answer.body) return { requestId, usage: await whole(answer, requestId, onText) }
  let usage: Usage | null = null
  for await (const data of events(answer.body)) {
    const told = treeOf(data)
    if (told.error) throw failure(told, answer.status, requestId)
    usage = told.usage ?? usage
    const text = told.choices?.[0]?.delta?.content
    if (text) onText(text)
  }
  return { requestId, usage }
}

async function ask(key: string, question: Question, signal: AbortSignal): Promise<Response> {
  const body = question.stream ? { ...question, stream_options: { include_usage: true } } : question
  try {
    return await fetch('/v1/chat/completions', {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      signal,
    })
  } catch (error) {
    if (signal.aborted) throw error
    throw new ApiError('', 'offline', 0, '', null, CALL)
  }
}

async function whole(answer: Response, requestId: string, onText: (text: string) => void): Promise<Usage | null> {
  const told = treeOf(await answer.text())
  if (!answer.ok || told.error) throw failure(told, answer.status, requestId)
  onText(told.choices?.[0]?.message?.content ?? '')
  return told.usage ?? null
}

async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    const found = eventsIn(rest + decoder.decode(value, { stream: !done }))
    rest = found.rest
    for (const data of found.events) if (data !== '[DONE]') yield data
    if (done) return
  }
}

function treeOf(text: string): Told {
  try {
    return JSON.parse(text) as Told
  } catch {
    return {}
  }
}

/** The relay's codes are its own, so its text is shown. */
function failure(told: Told, status: number, requestId: string): ApiError {
  const message = told.error?.message ?? `HTTP ${status}`
  return new ApiError(message, `relay:${told.error?.code ?? told.error?.type ?? status}`, status, requestId, null, CALL)
}
