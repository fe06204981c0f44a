/** What a provider says is left, in its own unit. */
import type { Channel } from '@/api/channel'
import { findType } from './channelTypes'

const SYMBOLS = ['$', '¥']

export function hasBalance(channel: Pick<Channel, 'type'>): boolean {
  return Boolean(findType(channel.type)?.form.balance)
}

/** Shows the balance; a dash before the first answer and where nobody can ask. */
export function showBalance(channel: Pick<Channel, 'type' | 'balance' | 'balance_updated_time'>): string {
  const form = findType(channel.type)?.form
  if (!form?.balance || (!channel.balance && !channel.balance_updated_time)) return '–'
  const amount = channel.balance / form.balance_per_unit
  const figure = Math.abs(amount).toFixed(2)
  const sign = amount < 0 ? '−' : ''
  return SYMBOLS.includes(form.balance) ? `${sign}${form.balance}${figure}` : `${sign}${figure.replace(/\.00$/, '')}`
}
