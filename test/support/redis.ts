/** A Redis of the test's own, where the machine has one: the second of the two job modes. */
import { spawn, spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { freePort } from './port.ts'
import { until } from './deadline.ts'

export const hasRedis = process.env['REDIS_URL'] !== undefined || spawnSync('redis-server', ['--version']).status === 0
// A machine without Redis tests the one mode; what decides about landing must have tested both.
if (!hasRedis && process.env['CI']) throw new Error('redis-server is not installed: .ci/run installs it')

export interface TestRedis {
  url: string
  stop(): void
}

export async function startRedis(): Promise<TestRedis> {
  const given = process.env['REDIS_URL']
  if (given) return { url: given, stop: () => {} }
  const port = await freePort()
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' })
  await until('Redis to answer', () => new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
  }))
  return { url: `redis://127.0.0.1:${port}`, stop: () => void server.kill('SIGKILL') }
}
