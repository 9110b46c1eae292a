/** Server processes of one hub reach each other through Redis, by socket and by what is passed on of events; another hub on the same Redis hears nothing of it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { io as connect, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRealtime, type Realtime } from '#server/platform/realtime/realtime.ts'
import { createFanOut, type FanOut } from '#server/platform/relay/fan-out.ts'
import type { NumberedEvent } from '#server/platform/relay/relay.ts'
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
const processes: Pick<Process, 'stop'>[] = []
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

interface Listener {
  fanOut: FanOut
  told: NumberedEvent[][]
  losses: string[]
}

async function startListener(installation: string): Promise<Listener> {
  const [told, losses]: [NumberedEvent[][], string[]] = [[], []]
  const fanOut = await createFanOut({
    redisUrl: redis.url, installation, logger: testLogger(),
    async tellHere(batch, committed) { await committed; told.push(batch) },
    onLost() { losses.push(installation) },
  })
  processes.push({ stop: () => fanOut.close() })
  return { fanOut, told, losses }
}

const eventOf = (seq: number): NumberedEvent => ({ room: 'team:1', seq, id: `event ${seq}`, type: 'contact.changed', conversationId: null, contactId: null, refs: {}, at: new Date(seq) })

test.skipIf(!hasRedis)('what one process numbered is told by each of the hub’s, once and in order; one that did not come is noticed', async () => {
  const [one, two, another] = [await startListener('first'), await startListener('first'), await startListener('second')]
  const batches = [[eventOf(1), eventOf(2)], [eventOf(3)]]
  const refused = Promise.reject(new Error('the numbers were not committed'))
  await expect(one.fanOut.send([eventOf(9)], refused)).rejects.toThrow('not committed')
  // A reader begins where the stream ends when it has looked: until then what is sent is not for it.
  await until('the other process to listen', async () => { await one.fanOut.send([eventOf(0)], Promise.resolve()); return two.told.length > 0 })
  for (const listener of [one, two]) listener.told.length = 0
  for (const batch of batches) await one.fanOut.send(batch, Promise.resolve())
  const heard = (): NumberedEvent[][] => two.told.filter(([event]) => event!.seq > 0)
  await until('both batches', () => heard().length >= 2)
  expect(heard()).toEqual(batches)
  expect(one.told).toEqual(batches)
  expect([one.losses, two.losses, another.told]).toEqual([[], [], []])

  const writer = new Redis(redis.url)
  for (const n of [1, 3]) await writer.xadd('first:batches', '*', 'passed', JSON.stringify({ from: 'a third', n, batch: [eventOf(n)] }))
  writer.disconnect()
  await until('the gap to be noticed', () => one.losses.length + two.losses.length === 2)
})
