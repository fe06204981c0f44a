/** Points of usage become axes, series, sums and tables.  Pure. */
import type { Granularity, UsagePoint, UsageRange } from '@/api/usage'
import { startOfDay } from '@/utils/time'

export const PERIODS = ['today', 'week', 'days30', 'days90', 'year'] as const
export type Period = (typeof PERIODS)[number]

export const MEASURES = ['quota', 'tokens', 'requests'] as const
export type Measure = (typeof MEASURES)[number]

const MOST_SERIES = 10
const HOUR_S = 3600
const WEEKDAYS = 7
const MOST_HOURLY_DAYS = 31

const PERIOD: Record<Period, { days: number; granularity: Granularity }> = {
  today: { days: 1, granularity: 'hour' },
  week: { days: 7, granularity: 'day' },
  days30: { days: 30, granularity: 'day' },
  days90: { days: 90, granularity: 'day' },
  year: { days: 365, granularity: 'week' },
}

export interface Sums {
  requests: number
  quota: number
  prompt: number
  completion: number
}

export interface Series {
  name: string
  values: number[]
}

export interface Share extends Sums {
  name: string
  /** Of the quota of all, 0 to 1. */
  share: number
}

/** From a local midnight until now. */
export function rangeOf(period: Period, granularity: Granularity | undefined, now = new Date()): UsageRange {
  const { days, granularity: usual } = PERIOD[period]
  return {
    start: startOfDay(1 - days, now),
    end: Math.floor(now.getTime() / 1000),
    granularity: granularity && isPossible(period, granularity) ? granularity : usual,
  }
}

/** Whether a period is not too long for hours, nor too short for weeks. */
export function isPossible(period: Period, granularity: Granularity): boolean {
  const { days } = PERIOD[period]
  if (granularity === 'hour') return days <= MOST_HOURLY_DAYS
  return granularity === 'day' || days >= WEEKDAYS
}

/** Every hour, day or week of the range, and those of points outside of it, in order. */
export function axisOf(range: UsageRange, points: readonly UsagePoint[]): number[] {
  const times = new Set(points.map((point) => point.time))
  for (let at = first(range); at <= range.end; at = next(at, range.granularity)) times.add(at)
  return [...times].sort((a, b) => a - b)
}

function first({ start, granularity }: UsageRange): number {
  if (granularity !== 'week') return start
  const weekday = (new Date(start * 1000).getDay() + 6) % WEEKDAYS
  return startOfDay(-weekday, new Date(start * 1000))
}

/** Local days have 23 to 25 hours, so the calendar counts, not the clock. */
function next(at: number, granularity: Granularity): number {
  if (granularity === 'hour') return at + HOUR_S
  return startOfDay(granularity === 'day' ? 1 : WEEKDAYS, new Date(at * 1000))
}

export function measured(point: UsagePoint, measure: Measure): number {
  if (measure === 'tokens') return point.prompt_tokens + point.completion_tokens
  return point[measure]
}

export function sumOf(points: readonly UsagePoint[]): Sums {
  const sums = { requests: 0, quota: 0, prompt: 0, completion: 0 }
  for (const point of points) {
    sums.requests += point.requests
    sums.quota += point.quota
    sums.prompt += point.prompt_tokens
    sums.completion += point.completion_tokens
  }
  return sums
}

/** One value for every place of the axis. */
export function valuesOf(
  points: readonly UsagePoint[],
  axis: readonly number[],
  value: (point: UsagePoint) => number,
): number[] {
  const sums = new Map<number, number>()
  for (const point of points) sums.set(point.time, (sums.get(point.time) ?? 0) + value(point))
  return axis.map((time) => sums.get(time) ?? 0)
}

/** What a point belongs to: a model, or the user, channel or token that was asked by. */
export function nameOf(point: UsagePoint): string {
  if (point.id === undefined) return point.model_name
  return point.name || `#${point.id}`
}

/** A series for each of the largest, and one for all others. */
export function seriesOf(
  points: readonly UsagePoint[],
  axis: readonly number[],
  measure: Measure,
  others: string,
): Series[] {
  const groups = new Map([...byName(points)].filter(([, own]) => total(own, measure) > 0))
  const names = [...groups.keys()].sort((a, b) => total(groups.get(b)!, measure) - total(groups.get(a)!, measure))
  const value = (point: UsagePoint) => measured(point, measure)
  const shown = names.length > MOST_SERIES ? names.slice(0, MOST_SERIES - 1) : names
  const series = shown.map((name) => ({ name, values: valuesOf(groups.get(name)!, axis, value) }))
  const rest = names.slice(shown.length).flatMap((name) => groups.get(name)!)
  return rest.length > 0 ? [...series, { name: others, values: valuesOf(rest, axis, value) }] : series
}

function byName(points: readonly UsagePoint[]): Map<string, UsagePoint[]> {
  const groups = new Map<string, UsagePoint[]>()
  for (const point of points) {
    const name = nameOf(point)
    const own = groups.get(name)
    if (own) own.push(point)
    else groups.set(name, [point])
  }
  return groups
}

function total(points: readonly UsagePoint[], measure: Measure): number {
  return points.reduce((sum, point) => sum + measured(point, measure), 0)
}

/** The rows of the table, dearest first. */
export function sharesOf(points: readonly UsagePoint[]): Share[] {
  const all = sumOf(points).quota
  return [...byName(points)]
    .map(([name, own]) => ({ name, ...sumOf(own), share: all > 0 ? sumOf(own).quota / all : 0 }))
    .sort((a, b) => b.quota - a.quota || b.requests - a.requests)
}

/** How much more or less than before, 0.5 for half more; `null` where nothing was before. */
export function changeOf(now: number, before: number): number | null {
  return before > 0 ? (now - before) / before : null
}
