/** What the server says of itself to everybody. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { getStatus, type Status } from '@/api/status'
import { usePrefs } from '@/stores/prefs'
import type { Currency } from '@/utils/quota'

export const useStatus = defineStore('status', () => {
  const prefs = usePrefs()
  const status = ref<Status | null>(null)
  /** A plain One API: it changes whole rows, and lacks the endpoints that only improve a page. */
  const isPlain = computed(() => status.value !== null && status.value.password_login === undefined)
  const name = computed(() => status.value?.system_name || 'One API')
  const currency = computed<Currency>(() => ({
    perUnit: status.value?.quota_per_unit ?? 0,
    inCurrency: (status.value?.display_in_currency ?? false) && !prefs.inUnits,
    symbol: status.value?.currency_symbol || '$',
    rate: status.value?.currency_rate || 1,
  }))

  async function load(): Promise<void> {
    status.value = await getStatus()
    document.documentElement.dataset.theme = status.value.theme || 'default'
  }

  return { status, isPlain, name, currency, load }
})
