import { spawn, spawnSync } from 'node:child_process'
import { freePort } from './hub-process.ts'

/** Runs with a Redis of its own; null where the machine has none. */
export async function onRedis<T>(run: (url: string) => Promise<T>): Promise<T | null> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return null
  const port = await freePort()
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction', '--hz', '100'], { stdio: 'ignore' })
  try {
    return await run(`redis://127.0.0.1:${port}`)
  } finally {
    server.kill()
  }
}
