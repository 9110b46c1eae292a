import { AsyncLocalStorage } from 'node:async_hooks'
import { pino, type DestinationStream, type Logger } from 'pino'

export type { Logger } from 'pino'

/** What every line written inside `withLogContext` carries. */
export interface LogContext {
  requestId?: string
  conversationId?: string
  jobId?: string
  job?: string
}

const context = new AsyncLocalStorage<LogContext>()

/** Runs `fn` so that all its log lines carry these ids, and those of the context around it. */
export function withLogContext<T>(fields: LogContext, fn: () => T): T {
  return context.run({ ...context.getStore(), ...fields }, fn)
}

/** Adds to the context the caller already runs in, for ids that are known only later (the conversation of an arrival). */
export function addLogContext(fields: LogContext): void {
  const current = context.getStore()
  if (current) for (const [name, value] of Object.entries(fields)) current[name as keyof LogContext] = value
}

/**
 * One JSON line per business event on standard output: a constant message plus fields. Numbers, booleans and times pass;
 * strings only under the names below, so that text, addresses and tokens stay out even when somebody passes them.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => ({ ...context.getStore() }),
    formatters: { level: (label) => ({ level: label }), log: (fields) => cleanFields(fields, 0) },
    serializers: { err: (value: unknown) => value }, // already plain: `cleanFields` runs first
  }, destination ?? pino.destination({ sync: true }))
}

const allowedStrings = new Set([
  'job', 'event', 'events', 'reason', 'code', 'channel', 'kind', 'state', 'status', 'outcome', 'audience', 'role', 'method', 'route', 'queue',
  'room', 'mode', 'from', 'to', 'type', 'version', 'host', 'port', 'url', 'file', 'migration', 'name', 'signal', 'ids', 'backend', 'level', 'constraint', 'table', 'part', 'step', 'decision',
])

function cleanFields(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cleanValue(name, value, depth)]))
}

function cleanValue(name: string, value: unknown, depth: number): unknown {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Error) return cleanError(value)
  if (typeof value === 'string') return isAllowed(name) ? maskAddresses(value.slice(0, 300)) : '[redacted]'
  if (depth >= 3) return '[deep]'
  if (Array.isArray(value)) return value.slice(0, 20).map((item) => cleanValue(name, item, depth + 1))
  return typeof value === 'object' ? cleanFields(value as Record<string, unknown>, depth + 1) : '[redacted]'
}

function isAllowed(name: string): boolean {
  return allowedStrings.has(name) || /^id$|Ids?$/.test(name)
}

function cleanError(error: Error): Record<string, unknown> {
  const { code, constraint, table, cause } = error as Error & { code?: unknown; constraint?: unknown; table?: unknown }
  return {
    type: error.name,
    message: maskAddresses(error.message.slice(0, 500)),
    ...(code !== undefined && { code: String(code) }),
    ...(constraint !== undefined && { constraint: String(constraint) }),
    ...(table !== undefined && { table: String(table) }),
    stack: error.stack?.split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 12).join('\n'),
    ...(cause instanceof Error && { cause: cleanError(cause) }),
  }
}

/** Mail addresses, phone numbers and the password of a connection string, in strings that are otherwise worth reading. */
function maskAddresses(text: string): string {
  return text
    .replaceAll(/:\/\/[^@/\s]+@/g, '://[redacted]@')
    .replaceAll(/[^\s@<>"'(,:]+@[^\s@<>"'),]+\.[^\s@<>"'),]+/g, '[address]')
    .replaceAll(/\+\d{7,15}\b/g, '[number]')
}
