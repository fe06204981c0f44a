/** What the server says of itself to everybody. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { getStatus, type Status } from '@/api/status'
import type { Currency } from '@/utils/quota'

export const useStatus = defineStore('status', () => {
  const status = ref<Status | null>(null)
  const name = computed(() => status.value?.system_name || 'One API')
  const currency = computed<Currency>(() => ({
    perUnit: status.value?.quota_per_unit ?? 0,
    inCurrency: status.value?.display_in_currency ?? false,
    symbol: status.value?.currency_symbol || '$',
    rate: status.value?.currency_rate || 1,
  }))

  async function load(): Promise<void> {
    status.value = await getStatus()
  }

  return { status, name, currency, load }
})
