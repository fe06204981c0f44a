import { describe, expect, it } from 'vitest'
import { curlOf, modelsOf } from '@/features/playground/setup'
import { questionOf, type Setup, type Turn } from '@/features/playground/usePlayground'
import { eventsIn } from '@/utils/sse'

const SETUP: Setup = { key: 'sk-1', model: 'm', system: '', temperature: 1, maxTokens: 0, stream: true }
const turn = (change: Partial<Turn>): Turn => ({
  question: 'q', answer: 'a', took: 1, promptTokens: null, completionTokens: null, quota: null,
  requestId: '', failure: '', code: '', stopped: false, ...change,
})

describe('events of a stream', () => {
  it('are whole; the rest waits', () => {
    expect(eventsIn('data: one\n\ndata: two\n\ndata: thr')).toEqual({ events: ['one', 'two'], rest: 'data: thr' })
  })

  it('may have other line ends, comments, and several lines of data', () => {
    expect(eventsIn(': ping\r\n\r\ndata: a\r\ndata: b\r\n\r\n').events).toEqual(['a\nb'])
  })
})

describe('a question', () => {
  it('carries what was answered before, without what failed', () => {
    const found = questionOf(SETUP, [turn({}), turn({ failure: 'no', answer: '' })], 'next')
    expect(found.messages.map(({ role, content }) => `${role}:${content}`)).toEqual(['user:q', 'assistant:a', 'user:next'])
  })

  it('begins with the system prompt, and limits tokens only when asked to', () => {
    const found = questionOf({ ...SETUP, system: 'be brief', maxTokens: 5 }, [], 'x')
    expect(found.messages[0]).toEqual({ role: 'system', content: 'be brief' })
    expect(found.max_tokens).toBe(5)
    expect(questionOf(SETUP, [], 'x')).not.toHaveProperty('max_tokens')
  })

  it('survives a shell', () => {
    expect(curlOf('http://h/v1', 'sk-1', questionOf(SETUP, [], "it's"))).toContain("it'\\''s")
  })
})

describe('models of a token', () => {
  it('are those of its owner, narrowed by its list', () => {
    expect(modelsOf(['a', 'b', ''], { models: 'b,c' })).toEqual(['b'])
    expect(modelsOf(['a', 'b'], { models: null })).toEqual(['a', 'b'])
  })
})
