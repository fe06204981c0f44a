import { QueryClient } from '@tanstack/vue-query'
import { ApiError } from '@/api/http'

/** Server data is fresh for 30 s; only a broken network or server is asked again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (failed, error) =>
        failed < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
})
