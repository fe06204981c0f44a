import { onScopeDispose, ref } from 'vue'

/** Seconds until something may be done again. */
export function useCountdown() {
  const left = ref(0)
  let end = 0
  let timer: ReturnType<typeof setInterval> | undefined

  function tick(): void {
    left.value = Math.max(Math.ceil((end - Date.now()) / 1000), 0)
    if (left.value === 0) clearInterval(timer)
  }

  function start(seconds: number): void {
    clearInterval(timer)
    end = Date.now() + seconds * 1000
    timer = setInterval(tick, 500)
    tick()
  }

  onScopeDispose(() => clearInterval(timer))
  return { left, start }
}

/** Minutes and seconds, such as 3:07. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
