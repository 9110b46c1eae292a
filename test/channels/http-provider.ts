import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HttpAnswer {
  status: number
  body: unknown
  headers?: Record<string, string>
  /** The request is taken, then the line goes dead. */
  isCut?: boolean
}

/** A provider's API on a real port, which can vanish and come back at the same address. */
export async function startHttpProvider(answer: (request: { method: string; url: URL; headers: IncomingMessage['headers']; body: string }) => HttpAnswer): Promise<{ url: string; down(): Promise<void>; up(): Promise<void> }> {
  let port = 0
  let server: Server | undefined
  const up = async (): Promise<void> => {
    if (server) return
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const said = answer({ method: request.method ?? '', url: new URL(request.url ?? '/', 'http://provider'), headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
        if (said.isCut) return void request.socket.destroy()
        response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers }).end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body))
      })
    })
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve))
    // The server has just begun to listen on a TCP port.
    port = (server.address() as AddressInfo).port
  }
  const down = async (): Promise<void> => {
    const closing = server
    server = undefined
    closing?.closeAllConnections()
    await new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()))
  }
  await up()
  return { url: `http://127.0.0.1:${port}`, up, down }
}
