import { describe, expect, it } from 'vitest'
import type { LogRow } from '@/api/log'
import { detailsOf, explain, fixedPriceOf, paceOf, tokensPerSecond } from '@/features/log/charge'

const ROW: LogRow = {
  id: 1, user_id: 1, created_at: 1, type: 2, content: '', username: 'a', token_name: 't', model_name: 'm',
  quota: 0, prompt_tokens: 100, completion_tokens: 50, channel: 1, request_id: 'r', elapsed_time: 2000,
  is_stream: false, system_prompt_reset: false, other: '',
}
const row = (change: Partial<LogRow>): LogRow => ({ ...ROW, ...change })
const ratios = (model: number, group: number, completion: number) =>
  JSON.stringify({ model_ratio: model, group_ratio: group, completion_ratio: completion })

describe('charge', () => {
  it('comes from the ratios beside the row', () => {
    const found = explain(row({ quota: 375, other: ratios(1.25, 1, 4) }))
    expect(found).toMatchObject({ units: 300, plain: 375, verdict: 'exact' })
  })

  it('keeps the artefacts of doubles, as the server does', () => {
    expect(explain(row({ quota: 8, completion_tokens: 0, other: ratios(0.07, 1, 1) }))?.plain).toBe(8)
  })

  it('is at least one unit, and nothing without tokens', () => {
    expect(explain(row({ quota: 1, prompt_tokens: 1, completion_tokens: 0, other: ratios(0.01, 1, 1) }))?.plain).toBe(1)
    expect(explain(row({ prompt_tokens: 0, completion_tokens: 0, other: ratios(30, 1, 1) }))?.plain).toBe(0)
  })

  it('is read from the text of One API, whose ratios are rounded', () => {
    const found = explain(row({ quota: 23, prompt_tokens: 100, completion_tokens: 50, content: 'x：0.08 × 1.00 × 4.00' }))
    expect(found).toMatchObject({ modelRatio: 0.08, completionRatio: 4, plain: 24, verdict: 'rounded' })
    expect(explain(row({ quota: 24, content: 'x：0.08 × 1.00 × 4.00' }))?.verdict).toBe('exact')
    expect(explain(row({ quota: 1_010_000, prompt_tokens: 1_000_000, completion_tokens: 0, content: 'x：1.00 × 1.00 × 4.00' }))?.verdict).toBe('rounded')
  })

  it('is read from the text of this program', () => {
    const found = explain(row({ quota: 9000, content: 'Ratios: model 30, group 2, completion 1' }))
    expect(found).toMatchObject({ modelRatio: 30, groupRatio: 2, completionRatio: 1, plain: 9000 })
  })

  it('differs when tokens have a price of their own', () => {
    const other = JSON.stringify({ model_ratio: 1, group_ratio: 1, completion_ratio: 1, cached_tokens: 80 })
    expect(explain(row({ quota: 78, other }))?.verdict).toBe('kinds')
  })

  it('is not explained where the row says nothing', () => {
    expect(explain(row({ content: 'something else' }))).toBeNull()
  })

  it('may be a fixed price', () => {
    expect(fixedPriceOf({ content: 'Price per call: $0.04' })).toBe(0.04)
    expect(fixedPriceOf({ content: 'Ratios: model 30, group 2, completion 1' })).toBeNull()
  })
})

describe('details of a row', () => {
  it('are empty when the text is none of ours', () => {
    expect(detailsOf({ other: '{"broken' })).toEqual({})
    expect(detailsOf({ other: 'null' })).toEqual({})
  })

  it('tell the speed only where there is one', () => {
    expect(tokensPerSecond({ completion_tokens: 50, elapsed_time: 2000 })).toBe(25)
    expect(tokensPerSecond({ completion_tokens: 0, elapsed_time: 2000 })).toBeNull()
  })

  it.each([[999, 'success'], [2999, 'info'], [3000, 'warning'], [10_000, 'danger']])('%i ms is %s', (ms, pace) => {
    expect(paceOf(ms)).toBe(pace)
  })
})
