/** Server processes of one hub reach each other through Redis, by socket and by what is passed on of events; another hub on the same Redis hears nothing of it. */
import { createServer } from 'node:http'
import { connect as connectTcp, createServer as createTcpServer, type AddressInfo, type Socket as TcpSocket } from 'node:net'
import { Redis } from 'ioredis'
import { io as connect, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRealtime, type Realtime } from '#server/platform/realtime/realtime.ts'
import { createFanOut, type FanOut, type FanOutOptions } from '#server/platform/relay/fan-out.ts'
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
  /** It holds the lock. */
  holds: boolean
  /** Telling takes until this is over. */
  isBusyUntil(over: Promise<void>): void
}

async function startListener(installation: string, { redisUrl = redis.url, pace }: Partial<Pick<FanOutOptions, 'redisUrl' | 'pace'>> = {}): Promise<Listener> {
  const [told, losses]: [NumberedEvent[][], string[]] = [[], []]
  let busy = Promise.resolve()
  const fanOut = await createFanOut({
    redisUrl, installation, logger: testLogger(), ...(pace ? { pace } : {}),
    async tellHere(batch, committed) { await committed; told.push(batch); await busy },
    onLost() { losses.push(installation) },
    isHolder: () => listener.holds,
  })
  const listener: Listener = { fanOut, told, losses, holds: false, isBusyUntil(over) { busy = over } }
  processes.push({ stop: () => fanOut.close() })
  return listener
}

/** A reader begins where the stream ends when it has looked: until then what is sent is not for it. Forgets what was told until then. */
async function untilHeard(from: Listener, ...by: Listener[]): Promise<void> {
  from.holds = true
  await until('the other processes to listen', async () => {
    await from.fanOut.send([eventOf(0)], Promise.resolve())
    return by.every(({ told }) => told.length > 0)
  })
  await from.fanOut.send([eventOf(1)], Promise.resolve())
  await until('all of that to be heard', () => by.every(({ told }) => told.at(-1)?.[0]?.seq === 1))
  for (const { told, losses } of [from, ...by]) told.length = losses.length = 0
}

const eventOf = (seq: number): NumberedEvent => ({ room: 'team:1', seq, id: `event ${seq}`, type: 'contact.changed', conversationId: null, contactId: null, refs: {}, at: new Date(seq) })

test.skipIf(!hasRedis)('what one process numbered is told by each of the hub’s, once and in order; one that did not come is noticed', async () => {
  const [one, two, another] = [await startListener('first'), await startListener('first'), await startListener('second')]
  const batches = [[eventOf(2), eventOf(3)], [eventOf(4)]]
  await untilHeard(one, two)
  another.losses.length = 0
  for (const batch of batches) await one.fanOut.send(batch, Promise.resolve())
  await until('both batches', () => two.told.length >= 2)
  expect(two.told).toEqual(batches)
  expect(one.told).toEqual(batches)
  expect([one.losses, two.losses, another.told, another.losses]).toEqual([[], [], [], []])

  await expect(one.fanOut.send([eventOf(9)], Promise.reject(new Error('the numbers were not committed')))).rejects.toThrow('not committed')
  await until('what may have been committed to be noticed', () => two.losses.length === 1)
  expect([one.losses, two.told]).toEqual([[], batches])
})

test.skipIf(!hasRedis)('what was lost with Redis, or with the process that numbered it, is noticed though nothing follows; who ended in order lost nothing', async () => {
  const [one, two, three] = [await startListener('third'), await startListener('third'), await startListener('third')]
  await untilHeard(one, two, three)
  const busy = Promise.withResolvers<void>()
  two.isBusyUntil(busy.promise)
  await one.fanOut.send([eventOf(2)], Promise.resolve())
  await until('the first to be told', () => two.told.length === 1 && three.told.length === 1)
  await one.fanOut.send([eventOf(3)], Promise.resolve())
  await until('the second to be passed on', () => three.told.length === 2)
  const writer = new Redis(redis.url)
  await writer.del('third:batches')
  busy.resolve()
  await until('the loss to be noticed', () => two.losses.length === 1)
  expect([two.told, three.told, one.losses, three.losses]).toEqual([[[eventOf(2)]], [[eventOf(2)], [eventOf(3)]], [], []])

  one.holds = false
  // A line that broke while it was written has it written again.
  await writer.xadd('third:batches', '*', 'passed', JSON.stringify({ from: 'a fourth', n: 7, batch: [eventOf(4)] }))
  await writer.xadd('third:batches', '*', 'passed', JSON.stringify({ from: 'a fourth', n: 7, batch: [eventOf(4)] }))
  await until('another that numbers to be noticed', () => [one, two, three].every(({ told, losses }) => losses.length > 0 && told.at(-1)?.[0]?.seq === 4))
  await writer.xadd('third:batches', '*', 'passed', JSON.stringify({ from: 'a fourth', n: 9, batch: [eventOf(6)] }))
  await until('the gap to be noticed', () => [one, two, three].every(({ told }) => told.at(-1)?.[0]?.seq === 6))
  writer.disconnect()
  expect([one, two, three].map(({ losses }) => losses.length)).toEqual([2, 3, 2])
  expect(one.told.map((batch) => batch[0]?.seq)).toEqual([2, 3, 4, 6])

  // A fourth is gone, and it has not said so; the first says that it goes.
  one.holds = true
  await one.fanOut.send([], Promise.resolve())
  await until('who numbers now to be noticed', () => [one, two, three].every(({ losses }, i) => losses.length === [3, 4, 3][i]))
  await one.fanOut.close()
  await two.fanOut.send([], Promise.resolve())
  await two.fanOut.send([eventOf(7)], Promise.resolve())
  await until('the next to be heard', () => three.told.at(-1)?.[0]?.seq === 7)
  // The second may not have heard yet that the first went; whoever reads on hears it before what the second says.
  expect(three.losses).toHaveLength(3)
})

test.skipIf(!hasRedis)('how many were sent is said by who holds the lock: no more once it is lost, and still after one before was late to say it', async () => {
  const [without, holder, writer] = [await startListener('without', { pace: { say: 10 } }), await startListener('holder', { pace: { say: 10 } }), new Redis(redis.url)]
  holder.holds = true
  for (const { fanOut } of [without, holder]) await fanOut.send([eventOf(1)], Promise.resolve())
  await until('the holder to say it', async () => await writer.xlen('holder:batches') > 5)
  expect(await writer.xlen('without:batches')).toBe(1)

  const late = await writer.xadd('holder:batches', '*', 'passed', JSON.stringify({ from: 'one before', n: 4, batch: null }))
  await until('the one before to be heard', () => holder.losses.length > 1)
  await until('the holder to say it again', async () => (await writer.xrange('holder:batches', `(${late}`, '+')).length > 2)
  expect(JSON.parse((await writer.xrevrange('holder:batches', '+', '-', 'COUNT', 1))[0]?.[1][1] ?? '')).toMatchObject({ n: 1, batch: null })
  writer.disconnect()
})

/** A way to Redis whose lines can go silent without being closed, as where a router forgets them. */
async function silentWay(): Promise<{ url: string; silence(): void }> {
  const { hostname, port } = new URL(redis.url)
  const lines: [TcpSocket, TcpSocket][] = []
  const server = createTcpServer((near) => {
    const far = connectTcp(Number(port || 6379), hostname)
    lines.push([near, far])
    for (const socket of [near, far]) socket.on('error', () => {})
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  processes.push({ async stop() { server.close(); for (const socket of lines.flat()) socket.destroy() } })
  const url = new URL(redis.url)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: url.href, silence: () => { for (const [near, far] of lines.splice(0)) { near.unpipe(far).resume(); far.unpipe(near).resume() } } }
}

test.skipIf(!hasRedis)('a line to Redis that went silent is given up, and nothing that was passed on meanwhile is lost', async () => {
  const way = await silentWay()
  const [from, by] = [await startListener('silent'), await startListener('silent', { redisUrl: way.url, pace: { answer: 40, dead: 150 } })]
  await untilHeard(from, by)
  way.silence()
  await from.fanOut.send([eventOf(2)], Promise.resolve())
  await until('it to be heard on another line', () => by.told.length === 1)
  expect([by.told, by.losses]).toEqual([[[eventOf(2)]], []])
  await by.fanOut.send([eventOf(3)], Promise.resolve())
  await until('what is said on another line', () => from.told.at(-1)?.[0]?.seq === 3)
})
