import type { Channel } from '@/api/channel'

export type Grade = 'untested' | 'failed' | 'good' | 'fair' | 'slow' | 'bad'

/** Upper limits in milliseconds. */
const LIMITS: [number, Grade][] = [[1000, 'good'], [3000, 'fair'], [5000, 'slow']]

/** Says in a word how the last test went. */
export function gradeOf(channel: Pick<Channel, 'response_time' | 'test_time'>): Grade {
  if (channel.response_time <= 0) return channel.test_time > 0 ? 'failed' : 'untested'
  return LIMITS.find(([limit]) => channel.response_time <= limit)?.[1] ?? 'bad'
}
