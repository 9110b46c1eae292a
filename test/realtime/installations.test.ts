/** Server processes of one hub reach each other's sockets through Redis; another hub on the same Redis hears nothing of it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { io as connect, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRealtime, type Realtime } from '#server/platform/realtime/realtime.ts'
import { until } from '../support/deadline.ts'
import { testLogger } from '../support/logger.ts'
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts'

interface Process {
  realtime: Realtime
  socket: Socket
  heard: unknown[]
  stop(): Promise<void>
}

let redis: TestRedis
const processes: Process[] = []
beforeAll(async () => { if (hasRedis) redis = await startRedis() })
afterAll(async () => {
  await Promise.all(processes.map((process) => process.stop()))
  redis?.stop()
})

/** A server process with one window open, in the room every hub has. */
async function startProcess(installation: string): Promise<Process> {
  const realtime = await createRealtime({ redisUrl: redis.url, installation, logger: testLogger(), isAllowed: async () => true })
  realtime.io.of('/staff').on('connection', (socket) => void socket.join('supervisors'))
  const server = createServer()
  realtime.attach(server)
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const socket = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/staff`, { transports: ['websocket'], forceNew: true })
  const heard: unknown[] = []
  socket.on('event', (what: unknown) => { heard.push(what) })
  await new Promise<void>((resolve) => { socket.once('connect', resolve) })
  const process = { realtime, socket, heard, stop: async () => { socket.close(); await realtime.close(); server.close() } }
  processes.push(process)
  return process
}

test.skipIf(!hasRedis)('one hub’s processes hear each other, another hub hears nothing', async () => {
  const [one, two, another] = [await startProcess('first'), await startProcess('first'), await startProcess('second')]
  await until('the processes to hear each other', () => {
    one.realtime.io.of('/staff').to('supervisors').emit('event', 'said by the first')
    one.realtime.io.of('/staff').to('supervisors').volatile.emit('event', 'typing at the first')
    return new Set(two.heard).size === 2
  })
  await until('the other hub to hear itself', () => {
    another.realtime.io.of('/staff').to('supervisors').emit('event', 'said by the second')
    return another.heard.length > 0
  })
  expect(new Set([...one.heard, ...two.heard])).toEqual(new Set(['said by the first', 'typing at the first']))
  expect(new Set(another.heard)).toEqual(new Set(['said by the second']))
})
