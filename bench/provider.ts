/** A stand-in for Twilio's API that takes every text at once: what is sent is counted, nothing is reported. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Provider {
  url: string
  /** How often each text was taken. */
  taken: Map<string, number>
  /** Called with each text as it is taken. */
  onTaken(listener: (text: string) => void): void
  stop(): void
}

export async function startProvider(): Promise<Provider> {
  const taken = new Map<string, number>()
  let listener = (_text: string): void => {}
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() })
    request.on('end', () => {
      const form = new URLSearchParams(body)
      const text = form.get('Body') ?? ''
      taken.set(text, (taken.get(text) ?? 0) + 1)
      listener(text)
      const sid = `SM${String(taken.size).padStart(32, '0')}`
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ sid, status: 'queued', body: text, to: form.get('To'), from: form.get('From'), date_created: new Date().toUTCString(), num_media: '0', num_segments: '1' }))
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken, onTaken(next) { listener = next },
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
