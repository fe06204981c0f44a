import { computed, ref, useTemplateRef } from 'vue'

/** The check against robots as a form uses it; its widget carries the ref `robotCheck`. */
export function useRobotCheck(isOn: () => boolean) {
  const widget = useTemplateRef<{ renew(): void }>('robotCheck')
  const token = ref('')

  return {
    token,
    isShown: computed(isOn),
    /** Whether a call has to wait for a token. */
    isMissing: computed(() => isOn() && !token.value),
    /** A token is good for one call, whatever came of it. */
    renew: () => widget.value?.renew(),
  }
}
