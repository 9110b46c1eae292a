/**
 * The floor of `drops`: a line that comes back says the last number it holds of one room and gets what it missed, by bare pg and ws.
 * Imports nothing of ours.
 */
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { WebSocket, WebSocketServer } from 'ws'

/** Milliseconds from the open line to the parsed difference, one cut after the other. */
export async function dropsFloor(databaseUrl: string, { rooms, missed, cuts }: { rooms: number; missed: number; cuts: number }): Promise<{ p50: number; p99: number }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4, options: '-c search_path=floor' })
  pool.on('error', () => {})
  await pool.query(`
    drop schema if exists floor cascade; create schema floor;
    create table floor.told (room int, seq bigint, text text, primary key (room, seq));
    insert into floor.told select r, s, 'customer says something of the usual length ' || s from generate_series(1, ${rooms}) r, generate_series(1, 1000) s;
    analyze floor.told;`)
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (client) => client.on('message', (message) => {
    const { room, seq } = JSON.parse(String(message)) as { room: number; seq: number }
    void pool.query({ name: 'missed', text: 'select seq, text from told where room = $1 and seq > $2 order by seq', values: [room, seq] }).then(({ rows }) => client.send(JSON.stringify(rows)))
  }))
  await new Promise<void>((resolve) => { server.once('listening', () => resolve()) })
  const times: number[] = []
  for (let i = 0; i < cuts; i++) {
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await new Promise<void>((resolve, reject) => {
      let openedAt = 0
      client.once('error', reject)
      client.once('open', () => {
        openedAt = performance.now()
        client.send(JSON.stringify({ room: (i % rooms) + 1, seq: 1000 - missed }))
      })
      client.once('message', (message) => {
        if ((JSON.parse(String(message)) as unknown[]).length !== missed) return reject(new Error('the floor lost something'))
        times.push(performance.now() - openedAt)
        resolve()
      })
    })
    client.terminate()
  }
  server.close()
  await pool.query('drop schema floor cascade')
  await pool.end()
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(cuts / 2)]!, p99: times[Math.floor(cuts * 0.99)]! }
}
