import { computed, reactive, ref } from 'vue'
import { textOf } from '@/i18n/errors'

/**
 * A form that sends only what was changed.
 *
 * `check` returns a text for each field that cannot stay so; texts show after the first try.
 */
export function useForm<Values extends object>(
  initial: Values,
  check: (values: Values) => Partial<Record<keyof Values, string>>,
  send: (changed: Partial<Values>, all: Values) => Promise<void>,
) {
  const values = reactive({ ...initial }) as Values
  const before = ref<Values>({ ...initial })
  const failure = ref('')
  const busy = ref(false)
  const tried = ref(false)

  const changed = computed(() => {
    const old = before.value as Values
    const keys = (Object.keys(values) as (keyof Values)[]).filter((key) => values[key] !== old[key])
    return Object.fromEntries(keys.map((key) => [key, values[key]])) as Partial<Values>
  })
  const isDirty = computed(() => Object.keys(changed.value).length > 0)
  const found = computed(() => check(values))
  const errors = computed(() => (tried.value ? found.value : {}) as Partial<Record<keyof Values, string>>)

  /** Shows what a server has, as the state that nothing was changed of yet. */
  function fill(loaded: Partial<Values>): void {
    Object.assign(values, loaded)
    before.value = { ...values }
  }

  async function submit(): Promise<void> {
    tried.value = true
    if (busy.value || Object.values(found.value).some(Boolean)) return
    busy.value = true
    failure.value = ''
    try {
      await send(changed.value, values)
      before.value = { ...values }
    } catch (error) {
      failure.value = textOf(error)
    } finally {
      busy.value = false
    }
  }

  return reactive({ values, errors, failure, busy, isDirty, fill, submit })
}
