/** The history in a process of its own: its time and memory are not the hub's. Started by `server/main.ts`, stopped by SIGTERM between two stories. */
import { startHub } from '../../server/hub.ts'
import { loadConfig } from '../../server/platform/config.ts'
import { createLogger } from '../../server/platform/logger.ts'
import { makeHistory } from './history.ts'

const databaseUrl = process.env['DATABASE_URL'] ?? ''
const config = { ...loadConfig(process.env), role: 'worker' as const, databaseUrl }
const hub = await startHub({ config, databaseUrl, logger: createLogger(config.logLevel) })
const stopper = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopper.abort())
// A hub that was killed sends no signal: without it there is nobody to tell the history to.
const parent = process.ppid
setInterval(() => { if (process.ppid !== parent) stopper.abort() }, 1_000).unref()
await makeHistory(hub.context, { signal: stopper.signal })
await hub.stop()
process.exit(0)
