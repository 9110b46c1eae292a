/**
 * The rest of a hub that is scaled out: beside the server in the test's own process a second server and, where it works, a worker, or as
 * many as a test asks for, each a real process. Used when REDIS_URL is set: the same tests as with one process.
 */
import type { Config } from '#server/platform/config.ts'
import { redisBackend } from '#server/platform/jobs/backend.ts'
import { jobNames } from '#server/platform/jobs.ts'
import { startProcess } from './kill.ts'

export interface ScaledOut {
  /** The other servers, at least one. */
  configs: Pick<Config, 'publicUrl' | 'host' | 'smtpPort'>[]
  /** True when no job waits or runs in any of the processes; each is asked. */
  isIdle(): Promise<boolean>
  /** Stops them in order; what they logged as an error fails the caller. */
  stop(): Promise<void>
}

/** How many processes of each kind there are beside the test's own, which is a server. */
export interface Scale {
  servers: number
  workers: number
}

export async function scaleOut(options: { databaseUrl: string; like: Config; works: boolean; scale: Scale }): Promise<ScaledOut> {
  const { databaseUrl, like, works, scale } = options
  const start = (role: 'server' | 'worker') => startProcess({ databaseUrl, like, role, redisUrl: like.redisUrl, joins: true })
  const many = (count: number, role: 'server' | 'worker') => Promise.all(Array.from({ length: count }, () => start(role)))
  const [servers, workers] = await Promise.all([many(scale.servers, 'server'), many(works ? scale.workers : 0, 'worker')])
  const processes = [...servers, ...workers]
  const backend = like.redisUrl ? await redisBackend(like.redisUrl, databaseUrl, () => {}) : null
  const queues = backend ? jobNames.map((name) => backend.queue(name)) : []
  const open = async (): Promise<number> => {
    const counts = await Promise.all(queues.map((queue) => queue.getJobCounts('wait', 'active', 'prioritized')))
    return counts.flatMap((count) => Object.values(count)).reduce((sum, n) => sum + n, 0)
  }
  return {
    configs: servers.map(({ config }) => config),
    async isIdle() {
      if (works && (await open()) > 0) return false
      for (const process of processes) await process.idle()
      return !works || (await open()) === 0
    },
    async stop() {
      await Promise.all(queues.map((queue) => queue.close()))
      await backend?.close()
      await Promise.all(processes.map((process) => process.stop()))
      const ends = await Promise.all(processes.map((process) => process.ended))
      const errors = processes.map((process) => process.errors()).join('')
      if (errors !== '' || ends.some((how) => how !== '0')) throw new Error(`a process of the hub ended by ${ends.join(', ')}: ${errors}`)
    },
  }
}
