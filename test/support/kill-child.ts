/** A hub in a process of its own: no terminal, no screens built; says `ready` when it listens. Its environment is the hub's own. */
import { mkdirSync } from 'node:fs'
import { flushCompileCache, getCompileCacheDir } from 'node:module'
import path from 'node:path'
import { startHub } from '#server/hub.ts'
import { loadConfig } from '#server/platform/config.ts'
import { createLogger } from '#server/platform/logger.ts'
import { jobHandlers } from '#workers/handlers.ts'
import { schedule } from '#workers/schedule.ts'

const config = loadConfig(process.env)
const hub = await startHub({
  config, databaseUrl: config.databaseUrl ?? '', logger: createLogger('error'),
  ...(config.role === 'server' ? {} : { work: async (context) => { await context.jobs.work(jobHandlers(context)); await schedule(context.jobs) } }),
})
process.stdout.write('ready\n')
// Now, for the next ones: few of these end in an order in which it would be kept. By the first alone: a dozen at once would write it for a minute.
const compiled = getCompileCacheDir()
try {
  if (compiled) {
    mkdirSync(path.join(compiled, 'kept'))
    flushCompileCache()
  }
} catch {
  // Another keeps it.
}
const { jobs, relay } = hub.context
process.on('SIGTERM', () => void hub.stop().then(() => process.exit(0)))
// The test asks whether anything runs here, and when it is gone so is this.
process.on('message', () => void jobs.flush().then(() => jobs.idle()).then(() => relay.flush()).then(() => process.send?.('idle')))
process.on('disconnect', () => process.exit(1))
