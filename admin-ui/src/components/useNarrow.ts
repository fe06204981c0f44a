import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/** Whether the window is as narrow as a phone's; tables become cards then. */
export function useNarrow(): Ref<boolean> {
  const media = window.matchMedia('(max-width: 639px)')
  const narrow = ref(media.matches)
  const note = () => (narrow.value = media.matches)
  onMounted(() => media.addEventListener('change', note))
  onBeforeUnmount(() => media.removeEventListener('change', note))
  return narrow
}
