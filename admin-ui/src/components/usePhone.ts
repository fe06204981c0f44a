import { onUnmounted, ref, type Ref } from 'vue'

/** Whether the window is as narrow as a phone: tables become cards then. */
export function usePhone(): Ref<boolean> {
  const narrow = matchMedia('(max-width: 639px)')
  const isPhone = ref(narrow.matches)
  const look = () => (isPhone.value = narrow.matches)
  narrow.addEventListener('change', look)
  onUnmounted(() => narrow.removeEventListener('change', look))
  return isPhone
}
