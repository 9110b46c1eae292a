import type { Problem } from '#contract/api/common.ts'

/** A request the server refused, or that did not reach it (`network`). `code` is stable and worded by the catalog. */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly status: number
  readonly code: string
  readonly facts: Record<string, string | number>
  readonly fields: { path: string; code: string; message: string }[]
  readonly detail: string | null

  constructor(problem: Pick<Problem, 'status' | 'code'> & Partial<Problem>) {
    super(problem.code)
    this.status = problem.status
    this.code = problem.code
    this.facts = problem.facts ?? {}
    this.fields = problem.errors ?? []
    this.detail = problem.detail ?? null
  }
}

type Query = Record<string, string | number | boolean | null | undefined>

export const http = {
  get: <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> => call<T>('GET', path + queryText(query), undefined, signal),
  post: <T = void>(path: string, body: object = {}): Promise<T> => call<T>('POST', path, body),
  patch: <T = void>(path: string, body: object): Promise<T> => call<T>('PATCH', path, body),
  put: <T = void>(path: string, body: object): Promise<T> => call<T>('PUT', path, body),
  delete: <T = void>(path: string, body?: object): Promise<T> => call<T>('DELETE', path, body),
}

let onSignedOut: () => void = () => {}

/** Called when the server no longer knows us, so that the sign-in screen can take over. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

/** Sends a file's bytes; `progress` gets the share sent, 0 to 1. */
export function sendFile<T>(path: string, file: File, progress: (share: number) => void): { done: Promise<T>; cancel: () => void } {
  const request = new XMLHttpRequest()
  const done = new Promise<T>((resolve, reject) => {
    request.open('POST', `/api/v1${path}`)
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
    request.responseType = 'json'
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0)
    request.onload = () => (request.status < 300 ? resolve(request.response as T) : reject(problemFrom(request.status, request.response)))
    request.onerror = () => reject(new ApiProblem({ status: 0, code: 'network' }))
    request.onabort = () => reject(new ApiProblem({ status: 0, code: 'cancelled' }))
    request.send(file)
  })
  return { done, cancel: () => request.abort() }
}

async function call<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    credentials: 'same-origin',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiProblem({ status: 0, code: 'network' })
  })
  const text = await response.text()
  const answer = text === '' ? undefined : readJson(text)
  // The server's answers are held to the contract's schemas by its own tests; parsing them here again would ship zod to every screen.
  if (response.ok) return answer as T
  if (response.status === 401 && !path.startsWith('/session')) onSignedOut()
  throw problemFrom(response.status, answer)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A proxy's HTML page instead of our JSON.
    return undefined
  }
}

function problemFrom(status: number, answer: unknown): ApiProblem {
  const isProblem = typeof answer === 'object' && answer !== null && 'code' in answer && typeof answer.code === 'string'
  return new ApiProblem(isProblem ? { ...(answer as Problem), status } : { status, code: status >= 500 ? 'internal' : 'request.refused' })
}

function queryText(query: Query): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== null && value !== undefined && value !== '') params.set(key, String(value))
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}
