import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** What `/metrics` tells. */
export const registry = new Registry()

type Definition = readonly [help: string, labels: readonly string[]]

/** `receiptsStored` is `tributary_receipts_stored_total` in Prometheus. */
const counterDefinitions = {
  receiptsStored: ['Inbound stored before it was acknowledged', ['channel']],
  receiptsDuplicate: ['Inbound that was already stored', ['channel']],
  receiptsRejected: ['Inbound refused before storing', ['channel', 'reason']],
  receiptsQuarantined: ['Receipts nobody could handle', ['channel']],
  receiptsFailed: ['Handling attempts that threw', ['channel']],
  outboundSent: ['Outbound messages and commands taken by a provider', ['channel']],
  outboundFailed: ['Outbound given up', ['channel', 'reason']],
  outboundRetried: ['Outbound to be tried again', ['channel']],
  transactionsRetried: ['Transactions run again after a race', ['code']],
  sweeperFound: ['Work a wake-up should have done; 0 in a healthy run', ['what']],
  relayEvents: ['Events published to rooms', []],
  relayNotifyFailed: ['Wake-ups other processes did not hear; they look by themselves later', []],
  relayBatches: ['Batches published', []],
  relayBatchesDropped: ['Batches not passed on to other server processes because Redis was away for too long', []],
  jobsRun: ['Jobs run', ['job', 'outcome']],
  jobsWoken: ['Wake-ups handed to the queue', ['job']],
  jobsWakeFailed: ['Wake-ups the queue did not take; the sweeper finds their work', ['job']],
  jobsBackendErrors: ['Errors of the job queue itself', ['part']],
  socketsRejected: ['Socket handshakes and payloads refused', ['namespace', 'reason']],
  httpErrors: ['Responses of 500 and above', ['route']],
  httpRefused: ['Requests refused with a code', ['route', 'code']],
  rateLimited: ['Requests refused for being too many', ['limit']],
  offers: ['Offers by how they ended', ['outcome']],
  slaBreaches: ['Clocks that breached', ['target']],
  slaWebhooksFailed: ['Calls of an escalation’s webhook that were not taken', ['reason']],
  surveysSent: ['Survey invitations sent', ['channel']],
  databaseErrors: ['Connections lost or not given', ['kind']],
} as const satisfies Record<string, Definition>

/** `http` is `tributary_http_seconds` in Prometheus. */
const histogramDefinitions = {
  inbound: ['From the arrival of an inbound to its acknowledgement', ['channel']],
  http: ['Time of an HTTP request', ['route', 'status']],
  relay: ['From an event’s commit to its emission', []],
  job: ['Time of a job', ['job']],
  offer: ['From a free agent to the offer', []],
} as const satisfies Record<string, Definition>

export type CounterName = keyof typeof counterDefinitions
export type HistogramName = keyof typeof histogramDefinitions
export type Labels = Record<string, string | number>

const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const counters = mapValues(counterDefinitions, ([help, labelNames], name) => new Counter<string>({ name: `tributary_${snakeCase(name)}_total`, help, labelNames: [...labelNames], registers: [registry] }))
const histograms = mapValues(histogramDefinitions, ([help, labelNames], name) => new Histogram<string>({ name: `tributary_${snakeCase(name)}_seconds`, help, labelNames: [...labelNames], buckets, registers: [registry] }))

/** Counts one, or `by` many. Label values come from small fixed sets, never from outside. */
export function count(name: CounterName, labels: Labels = {}, by = 1): void {
  counters[name].inc(labels, by)
}

/** Records a duration. */
export function observe(name: HistogramName, seconds: number, labels: Labels = {}): void {
  histograms[name].observe(labels, seconds)
}

/** A value read whenever somebody looks at `/metrics`. */
export function gauge(name: string, help: string, read: () => number): void {
  registry.removeSingleMetric(name)
  registry.registerMetric(new Gauge({ name, help, registers: [], collect() { this.set(read()) } }))
}

/** The sum over all labels, for tests and for checks of one figure against another. */
export async function counted(name: CounterName, labels: Labels = {}): Promise<number> {
  const { values } = await counters[name].get()
  return values
    .filter((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted))
    .reduce((sum, value) => sum + value.value, 0)
}

/** Memory, event loop lag and the like; once per process. */
export function collectProcessMetrics(): void {
  collectDefaultMetrics({ register: registry })
}

function mapValues<K extends string, V, R>(object: Record<K, V>, map: (value: V, key: K) => R): Record<K, R> {
  const mapped = {} as Record<K, R>
  for (const key in object) mapped[key] = map(object[key], key)
  return mapped
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
