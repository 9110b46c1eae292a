import { Queue as RedisQueue, Worker as RedisWorker, createPostgresBackend, runMigrations, withBackend, type Job, type PostgresConnectionOptions, type Queue, type Worker, type WorkerOptions } from 'bullmq'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { installationOf } from '../installation.ts'
import { jobNames } from './names.ts'

/** Where BullMQ keeps its queues: the same calls for PostgreSQL and Redis. */
export interface JobBackend {
  kind: 'postgresql' | 'redis'
  queue(name: string): Queue
  worker(name: string, process: (job: Job) => Promise<void>, options: Omit<WorkerOptions, 'connection'>): Worker
  close(): Promise<void>
}

const schema = 'bullmq'

export async function postgresBackend(databaseUrl: string, onError: (error: Error) => void): Promise<JobBackend> {
  const pool = new Pool({
    connectionString: databaseUrl,
    options: `-c search_path=${schema}`,
    application_name: 'tributary jobs',
    // Each worker keeps one for LISTEN; the rest is shared by adding and taking.
    max: jobNames.length + 8,
    // A machine that starts everything at once is slow to connect; giving up would stop the start.
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
  })
  pool.setMaxListeners(0) // every queue and worker listens to the shared pool
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  const client = await pool.connect()
  try {
    await runMigrations(client, schema)
  } finally {
    client.release()
  }
  const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend)
  // The two backends' classes differ in type only where nothing here looks; pg's own types are stricter than the ones asked for.
  const connection = pool as unknown as PostgresConnectionOptions
  return {
    kind: 'postgresql',
    queue: (name) => new PostgresQueue(name, { connection }) as unknown as Queue,
    worker: (name, process, options) => new PostgresWorker(name, process, { ...options, connection }) as unknown as Worker,
    close: () => pool.end(),
  }
}

export async function redisBackend(redisUrl: string, databaseUrl: string, onError: (error: Error) => void): Promise<JobBackend> {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null, connectionName: 'tributary-jobs' })
  redis.on('error', onError)
  const prefix = installationOf(databaseUrl)
  return {
    kind: 'redis',
    queue: (name) => new RedisQueue(name, { connection: redis, prefix }),
    worker: (name, process, options) => new RedisWorker(name, process, { ...options, connection: redis, prefix }),
    async close() {
      redis.disconnect()
    },
  }
}
