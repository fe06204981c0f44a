/** Which times a log list is about. */
import { startOfDay } from '@/utils/time'

export const PRESETS = ['today', 'yesterday', 'week', 'days30', 'month', 'all'] as const
export type Preset = (typeof PRESETS)[number]
export const USUAL: Preset = 'week'

export interface TimeSpan {
  /** Unix seconds, inclusive; 0 is open. */
  start: number
  end: number
}

interface Asked {
  range?: string
  start?: string
  end?: string
}

/** What the address asks for: own times go before a preset, nothing at all is the last seven days. */
export function spanOf(asked: Asked, now = new Date()): TimeSpan {
  if (asked.start || asked.end) return { start: seconds(asked.start), end: seconds(asked.end) }
  const midnight = (daysAway: number) => startOfDay(daysAway, now)
  const spans: Record<Preset, TimeSpan> = {
    today: { start: midnight(0), end: 0 },
    yesterday: { start: midnight(-1), end: midnight(0) - 1 },
    week: { start: midnight(-6), end: 0 },
    days30: { start: midnight(-29), end: 0 },
    month: { start: midnight(1 - now.getDate()), end: 0 },
    all: { start: 0, end: 0 },
  }
  return spans[presetOf(asked.range)]
}

export function presetOf(name: string | undefined): Preset {
  return PRESETS.find((known) => known === name) ?? USUAL
}

function seconds(text: string | undefined): number {
  const value = Number(text)
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}
