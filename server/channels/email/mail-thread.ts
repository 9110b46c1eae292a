import { Worker } from 'node:worker_threads'
import type { MailAnswer, MailJob, MailJobs, MailRequest } from './mail-jobs.ts'

/** The job took too long or too much memory; the thread was ended and the next job gets a new one. */
export class MailJobEnded extends Error {
  /** `lost`: its thread was ended because of another job. */
  readonly why: 'time' | 'memory' | 'failed' | 'lost'
  constructor(why: MailJobEnded['why'], detail: string) {
    super(detail)
    this.name = 'MailJobEnded'
    this.why = why
  }
}

type Pending = { request: MailRequest; resolve(output: MailJobs[MailJob]['output']): void; reject(error: MailJobEnded): void }
type Thread = { worker: Worker; ready: Promise<void>; pending: Map<number, Pending> }

const idleMs = 60_000
const memoryMb = 256

let thread: Thread | null = null
let idle: NodeJS.Timeout | undefined
let lastId = 0
let turn: Promise<unknown> = Promise.resolve()

/**
 * Runs a job of pure computing: one at a time, and if it is not done within `limitMs` its thread is ended. The limit counts
 * from when the thread begins with it.
 */
export function compute<Job extends Exclude<MailJob, 'authenticate'>>(job: Job, input: MailJobs[Job]['input'], limitMs: number): Promise<MailJobs[Job]['output']> {
  const result = turn.then(async () => {
    const used = threadInUse()
    await used.ready
    const timer = setTimeout(() => end(used, new MailJobEnded('time', `${job} took longer than ${limitMs} ms`)), limitMs)
    try {
      return await ask(used, job, input)
    } finally {
      clearTimeout(timer)
    }
  })
  turn = result.catch(() => {})
  return result
}

/**
 * Runs a job that mostly waits for others (name servers): any number at once, given up after `limitMs`. Once more when
 * somebody else's mail ended the thread.
 */
export async function wait<Job extends 'authenticate'>(job: Job, input: MailJobs[Job]['input'], limitMs: number): Promise<MailJobs[Job]['output']> {
  try {
    return await waitOnce(job, input, limitMs)
  } catch (error) {
    if (error instanceof MailJobEnded && error.why === 'lost') return waitOnce(job, input, limitMs)
    throw error
  }
}

async function waitOnce<Job extends 'authenticate'>(job: Job, input: MailJobs[Job]['input'], limitMs: number): Promise<MailJobs[Job]['output']> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new MailJobEnded('time', `${job} took longer than ${limitMs} ms`)), limitMs)
  const used = threadInUse()
  try {
    return await Promise.race([used.ready.then(() => ask(used, job, input)), late])
  } finally {
    clearTimeout(timer)
  }
}

function threadInUse(): Thread {
  thread ??= startThread()
  return thread
}

function startThread(): Thread {
  const worker = new Worker(new URL('./mail-worker.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: memoryMb }, execArgv: ['--no-warnings'] })
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  const made: Thread = { worker, ready, pending: new Map() }
  worker.on('message', (message: MailAnswer | 'ready') => {
    if (message === 'ready') return resolve()
    const asked = made.pending.get(message.id)
    if (!asked) return
    made.pending.delete(message.id)
    rest(made)
    if (message.ok) asked.resolve(message.output)
    else asked.reject(new MailJobEnded('failed', message.error))
  })
  worker.on('error', (error) => {
    const why = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'failed'
    const ended = new MailJobEnded(why, error.message)
    reject(ended)
    end(made, ended)
  })
  // Whoever awaits it hears of a start that failed; unheard, it must not end the process.
  ready.catch(() => {})
  return made
}

function ask<Job extends MailJob>(used: Thread, job: Job, input: MailJobs[Job]['input']): Promise<MailJobs[Job]['output']> {
  lastId += 1
  clearTimeout(idle)
  used.worker.ref()
  const { promise, resolve, reject } = Promise.withResolvers<MailJobs[MailJob]['output']>()
  // The pair of job and input is bound by the signature; the union of requests cannot express it.
  const request = { id: lastId, job, input } as MailRequest
  used.pending.set(request.id, { request, resolve, reject })
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  used.worker.postMessage(request)
  // The worker answers a job with that job's output.
  return promise as Promise<MailJobs[Job]['output']>
}

/** Ends a thread: all it had in hand fails, callers decide what that means for their mail. */
function end(ended: Thread, error: MailJobEnded): void {
  if (thread === ended) thread = null
  const left = [...ended.pending.values()]
  ended.pending.clear()
  void ended.worker.terminate()
  for (const { request, reject } of left) reject(request.job === 'authenticate' ? new MailJobEnded('lost', error.message) : error)
}

/** An idle thread neither keeps the process alive nor its memory for ever. */
function rest(used: Thread): void {
  if (used.pending.size > 0) return
  used.worker.unref()
  clearTimeout(idle)
  idle = setTimeout(() => { if (used.pending.size === 0) end(used, new MailJobEnded('failed', 'idle')) }, idleMs).unref()
}
