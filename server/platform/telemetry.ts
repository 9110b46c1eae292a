import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** What `/metrics` tells. */
export const registry = new Registry()

const counterDefinitions = {
  receiptsStored: ['tributary_receipts_stored_total', 'Inbound stored before it was acknowledged', ['channel']],
  receiptsDuplicate: ['tributary_receipts_duplicate_total', 'Inbound that was already stored', ['channel']],
  receiptsRejected: ['tributary_receipts_rejected_total', 'Inbound refused before storing', ['channel', 'reason']],
  receiptsQuarantined: ['tributary_receipts_quarantined_total', 'Receipts nobody could handle', ['channel']],
  receiptsFailed: ['tributary_receipts_failed_total', 'Handling attempts that threw', ['channel']],
  outboundSent: ['tributary_outbound_sent_total', 'Outbound messages and commands taken by a provider', ['channel']],
  outboundFailed: ['tributary_outbound_failed_total', 'Outbound given up', ['channel', 'reason']],
  outboundRetried: ['tributary_outbound_retried_total', 'Outbound to be tried again', ['channel']],
  transactionsRetried: ['tributary_transactions_retried_total', 'Transactions run again after a race', ['code']],
  sweeperFound: ['tributary_sweeper_found_total', 'Work a wake-up should have done; 0 in a healthy run', ['what']],
  relayEvents: ['tributary_relay_events_total', 'Events published to rooms', []],
  relayBatches: ['tributary_relay_batches_total', 'Batches published', []],
  jobsRun: ['tributary_jobs_run_total', 'Jobs run', ['job', 'outcome']],
  jobsWoken: ['tributary_jobs_woken_total', 'Wake-ups handed to the queue', ['job']],
  jobsWakeFailed: ['tributary_jobs_wake_failed_total', 'Wake-ups the queue did not take; the sweeper finds their work', ['job']],
  jobsBackendErrors: ['tributary_jobs_backend_errors_total', 'Errors of the job queue itself', ['part']],
  socketsRejected: ['tributary_sockets_rejected_total', 'Socket handshakes and payloads refused', ['namespace', 'reason']],
  httpErrors: ['tributary_http_errors_total', 'Responses of 500 and above', ['route']],
  rateLimited: ['tributary_rate_limited_total', 'Requests refused for being too many', ['limit']],
  offers: ['tributary_offers_total', 'Offers by how they ended', ['outcome']],
  slaBreaches: ['tributary_sla_breaches_total', 'Clocks that breached', ['target']],
  surveysSent: ['tributary_surveys_sent_total', 'Survey invitations sent', ['channel']],
  databaseErrors: ['tributary_database_errors_total', 'Connections lost or not given', ['kind']],
} as const satisfies Record<string, readonly [name: string, help: string, labels: readonly string[]]>

const histogramDefinitions = {
  inboundSeconds: ['tributary_inbound_seconds', 'From the arrival of an inbound to its acknowledgement', ['channel']],
  httpSeconds: ['tributary_http_seconds', 'Time of an HTTP request', ['route', 'status']],
  relaySeconds: ['tributary_relay_seconds', 'From an event’s commit to its emission', []],
  jobSeconds: ['tributary_job_seconds', 'Time of a job', ['job']],
  offerSeconds: ['tributary_offer_seconds', 'From a free agent to the offer', []],
} as const satisfies Record<string, readonly [name: string, help: string, labels: readonly string[]]>

export type CounterName = keyof typeof counterDefinitions
export type HistogramName = keyof typeof histogramDefinitions
export type Labels = Record<string, string | number>

const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const counters = mapValues(counterDefinitions, ([name, help, labelNames]) => new Counter<string>({ name, help, labelNames: [...labelNames], registers: [registry] }))
const histograms = mapValues(histogramDefinitions, ([name, help, labelNames]) => new Histogram<string>({ name, help, labelNames: [...labelNames], buckets, registers: [registry] }))

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
  new Gauge({ name, help, registers: [registry], collect() { this.set(read()) } })
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

function mapValues<K extends string, V, R>(object: Record<K, V>, map: (value: V) => R): Record<K, R> {
  const mapped = {} as Record<K, R>
  for (const key in object) mapped[key] = map(object[key])
  return mapped
}
