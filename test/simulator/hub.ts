import express from 'express'
import type { Server } from 'node:http'
import twilio from 'twilio'
import { type RunningSimulator, type SimulatorOptions, startSimulator } from '#simulator/start.ts'

export const authToken = 'a'.repeat(32)
export const accountSid = `AC${'1'.repeat(32)}`
export const hubNumber = '+14155550199'
export const signingSecret = 's'.repeat(32)
export const botToken = 'xoxb-test'

export type Arrived = { path: string; params: Record<string, string>; isSigned: boolean; headers: Record<string, string | string[] | undefined> }
type Answer = string | { status?: number; type?: string; body?: string; delayMs?: number; cut?: boolean }

/** The smallest hub that could be: it notes what arrives and answers as the test says. */
export class TinyHub {
  readonly arrived: Arrived[] = []
  readonly app = express()
  url = ''
  /** Answers by path; a list is used up one by one, its last stays. */
  readonly #answers = new Map<string, Answer[]>()
  #server: Server | null = null

  answer(path: string, ...answers: Answer[]): void {
    this.#answers.set(path, answers)
  }

  /** What arrived at a path, oldest first. */
  at(path: string): Arrived[] {
    return this.arrived.filter((each) => each.path === path)
  }

  async start(): Promise<void> {
    this.app.all('/sound.wav', (_request, response) => void response.type('audio/x-wav').send(Buffer.alloc(100)))
    this.app.use(express.urlencoded({ extended: false }), (request, response) => {
      const params: Record<string, string> = request.method === 'POST' ? { ...request.body } : {}
      const isSigned = twilio.validateRequest(authToken, request.get('x-twilio-signature') ?? '', this.url + request.originalUrl, params)
      this.arrived.push({ path: request.path, params: request.method === 'POST' ? params : Object.fromEntries(new URL(request.originalUrl, this.url).searchParams), isSigned, headers: request.headers })
      const answers = this.#answers.get(request.path) ?? ['<Response/>']
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      const given = typeof answer === 'string' ? { body: answer } : (answer ?? {})
      if (given.cut) return void request.socket.destroy()
      setTimeout(() => response.status(given.status ?? 200).type(given.type ?? 'text/xml').send(given.body ?? ''), given.delayMs ?? 0)
    })
    await new Promise<void>((resolve) => {
      this.#server = this.app.listen(0, '127.0.0.1', () => resolve())
    })
    const address = this.#server?.address()
    if (!address || typeof address === 'string') throw new Error('no port')
    this.url = `http://127.0.0.1:${address.port}`
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => this.#server?.close(resolve))
  }
}

/** A simulator a hundred times as fast as life, in front of the tiny hub. */
export function startFor(hub: { url: string }, options: Partial<SimulatorOptions> = {}): Promise<RunningSimulator> {
  return startSimulator({
    hubUrl: hub.url,
    twilio: { accountSid, authToken },
    numbers: [{ phoneNumber: hubNumber, capabilities: ['voice', 'sms', 'whatsapp'] }],
    slack: { signingSecret, botToken },
    hubSmtp: { host: '127.0.0.1', port: 9 },
    supportAddresses: ['support@hub.example'],
    speed: 100,
    ...options,
  })
}

/** One request to the simulated REST API with the account's credentials. */
export async function rest(simulator: RunningSimulator, method: string, path: string, form?: Record<string, string>, credentials = `${accountSid}:${authToken}`): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${simulator.twilioUrl}/2010-04-01/Accounts/${accountSid}${path}`, {
    method,
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}
