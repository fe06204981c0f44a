import { computed, nextTick, reactive, ref } from 'vue'
import { textOf } from '@/i18n/errors'

/** What a form itself finds while it sends; its text is for people. */
export class FormProblem extends Error {}

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

  /** Sends what was changed; tells whether that went well. */
  async function submit(): Promise<boolean> {
    if (busy.value) return false
    tried.value = true
    if (Object.values(found.value).some(Boolean)) {
      await nextTick()
      document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
      return false
    }
    busy.value = true
    failure.value = ''
    try {
      await send(changed.value, values)
      before.value = { ...values }
      tried.value = false
      return true
    } catch (error) {
      failure.value = error instanceof FormProblem ? error.message : textOf(error)
      return false
    } finally {
      busy.value = false
    }
  }

  return reactive({ values, errors, failure, busy, isDirty, fill, submit })
}
