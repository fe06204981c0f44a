/** Quota units become what people read; nowhere else. */

export interface Currency {
  /** Quota units of one dollar. */
  perUnit: number
  inCurrency: boolean
  symbol: string
  rate: number
}

/** Shows an amount of quota; small sums keep their first digits instead of becoming 0.00. */
export function showQuota(quota: number, currency: Currency, decimals = 2): string {
  if (!isMoney(currency)) return short(quota)
  const amount = (quota / currency.perUnit) * currency.rate
  const sign = amount < 0 ? '−' : ''
  return `${sign}${currency.symbol}${money(Math.abs(amount), decimals)}`
}

/** Shows the exact number of units, for a tooltip. */
export function exactQuota(quota: number, language: string): string {
  return new Intl.NumberFormat(language).format(quota)
}

/** Turns an amount of money into whole units. */
export function unitsOf(amount: number, currency: Currency): number {
  return Math.round((amount / currency.rate) * currency.perUnit)
}

export function isMoney(currency: Currency): boolean {
  return currency.inCurrency && currency.perUnit > 0
}

/** Shortens large numbers as One API does: 12.3k, 1.2M, 3.4B. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e9) return `${(value / 1e9).toFixed(1)}B`
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)}M`
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)}k`
  return String(value)
}

function money(amount: number, decimals: number): string {
  if (amount > 0 && amount < 0.01 && decimals < 6) {
    return amount.toFixed(6).replace(/0+$/, '').replace(/\.$/, '') || '0'
  }
  return amount.toFixed(decimals)
}
