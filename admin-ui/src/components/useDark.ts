import { onUnmounted, ref, type Ref } from 'vue'

/** Whether the page is dark at this moment; canvases ask, everything else has CSS. */
export function useDark(): Ref<boolean> {
  const root = document.documentElement
  const isDark = ref(root.classList.contains('dark'))
  const observer = new MutationObserver(() => (isDark.value = root.classList.contains('dark')))
  observer.observe(root, { attributes: true, attributeFilter: ['class'] })
  onUnmounted(() => observer.disconnect())
  return isDark
}
