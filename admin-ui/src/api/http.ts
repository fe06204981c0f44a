/** The one way to the JSON API: envelope, errors, time limits.  Knows no store and no router. */

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What the server said no with; `code` is for programs, `message` for people. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly requestId: string,
    readonly retryAfterS: number | null,
    readonly call: string,
    /** What came along with the refusal, if anything. */
    readonly data: unknown = null,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

/** An answer with more beside its data, such as `total` of a list. */
export interface Envelope<T> {
  success: boolean
  message: string
  code?: string
  data: T
  total?: number
  [more: string]: unknown
}

export interface Options {
  timeoutMs?: number
  signal?: AbortSignal
}

const USUAL_MS = 20_000

const told = {
  language: () => 'en',
  onError: (_error: ApiError): void => undefined,
}

/** Lets `main.ts` say which language to ask for, and who hears of every failed call. */
export function configureHttp(given: Partial<typeof told>): void {
  Object.assign(told, given)
}

/** Calls `/api` and returns the data of a good answer. */
export async function request<T>(
  method: Method,
  path: string,
  body?: unknown,
  options: Options = {},
): Promise<T> {
  return (await requestEnvelope<T>(method, path, body, options)).data
}

/** Calls `/api` and returns the whole envelope of a good answer. */
export async function requestEnvelope<T>(
  method: Method,
  path: string,
  body?: unknown,
  options: Options = {},
): Promise<Envelope<T>> {
  const call = `${method} /api${path}`
  try {
    return await send<T>(call, method, path, body, options)
  } catch (error) {
    if (error instanceof ApiError) told.onError(error)
    throw error
  }
}

async function send<T>(
  call: string,
  method: Method,
  path: string,
  body: unknown,
  options: Options,
): Promise<Envelope<T>> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? USUAL_MS)
  let answer: Response
  try {
    answer = await fetch(`/api${path}`, {
      method,
      headers: {
        'Accept-Language': told.language(),
        'Content-Type': 'application/json',
        'X-Requested-With': 'admin-ui',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new ApiError('', limit.aborted ? 'timeout' : 'offline', 0, '', null, call)
  }
  return read<T>(answer, call)
}

async function read<T>(answer: Response, call: string): Promise<Envelope<T>> {
  const text = await answer.text()
  const fail = (code: string, message = '', data: unknown = null): ApiError => {
    const wait = Number(answer.headers.get('Retry-After'))
    const id = answer.headers.get('X-Oneapi-Request-Id') ?? ''
    return new ApiError(message, code, answer.status, id, wait > 0 ? wait : null, call, data)
  }
  if (!text && answer.ok) return { success: true, message: '', data: null as T }
  let tree: Partial<Envelope<T>>
  try {
    tree = JSON.parse(text) as Partial<Envelope<T>>
  } catch {
    throw fail(answer.ok ? 'not_the_api' : byStatus(answer.status))
  }
  if (tree.success === false || !answer.ok) {
    throw fail(tree.code ?? byStatus(answer.status), tree.message ?? '', tree.data ?? null)
  }
  // The model list has OpenAI's form, without an envelope.
  return { success: true, message: '', ...tree, data: (tree.data ?? null) as T }
}

function byStatus(status: number): string {
  if (status === 401) return 'not_logged_in'
  if (status === 429) return 'rate_limited'
  return status >= 500 ? 'server_error' : 'refused'
}

/** Builds a query from what is set; empty texts, `undefined` and `null` are left out. */
export function query(values: Record<string, string | number | boolean | undefined | null>): string {
  const found = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') found.set(name, String(value))
  }
  const text = found.toString()
  return text ? `?${text}` : ''
}
