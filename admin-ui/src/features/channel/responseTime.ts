import type { Channel } from '@/api/channel'

export type Grade = 'untested' | 'failed' | 'good' | 'fair' | 'slow' | 'bad'

/** Upper limits in milliseconds. */
const LIMITS: [number, Grade][] = [[1000, 'good'], [3000, 'fair'], [5000, 'slow']]

/** Says in a word how the last test went; one that failed has left its error at the same second. */
export function gradeOf(channel: Pick<Channel, 'response_time' | 'test_time' | 'last_error_time'>): Grade {
  if (channel.test_time <= 0 && channel.response_time <= 0) return 'untested'
  if (channel.response_time <= 0 || channel.last_error_time === channel.test_time) return 'failed'
  return LIMITS.find(([limit]) => channel.response_time <= limit)?.[1] ?? 'bad'
}
