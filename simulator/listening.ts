import { createServer, type Server } from 'node:http'
import type { RequestListener } from 'node:http'

export type RunningServer = { url: string; port: number; stop: () => Promise<void> }

/** Listens on the port (0: a free one) and knows how to stop at once, open connections included. */
export async function listen(handler: RequestListener, host: string, port: number): Promise<RunningServer> {
  const server: Server = createServer(handler)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    port: address.port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    stop: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}
