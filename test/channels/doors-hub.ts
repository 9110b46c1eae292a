import express from 'express'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { Client } from 'pg'
import { inject } from 'vitest'
import { createAdapters, parsers } from '#server/channels/registry.ts'
import { slackEventsDoor } from '#server/features/inbound/doors/slack-events.ts'
import { createSmtpListener } from '#server/features/inbound/doors/smtp-listener.ts'
import { twilioMessagesDoor } from '#server/features/inbound/doors/twilio-messages.ts'
import { twilioStatusDoor } from '#server/features/inbound/doors/twilio-status.ts'
import { forgetAccounts, sealAccountSecrets } from '#server/features/settings/channel-accounts.steps.ts'
import { createFileStore } from '#server/platform/files.ts'
import { lastHandlers, mountRoutes } from '#server/platform/http.ts'
import { createTestDatabase } from '../support/database.ts'
import { testLogger } from '../support/logger.ts'
import { makeWorld, quietContext } from '../features/support/customer-world.ts'
import { mailAccount } from './mail-provider.ts'
import { publicUrl, toolsFor } from './tools.ts'
import { ourNumber } from './twilio-provider.ts'

export interface AccountChange {
  address?: string
  settings?: Record<string, unknown>
  secrets?: Record<string, string>
}

/** The doors of the text channels on real ports and a database of their own. */
export async function startDoors(environment: Record<string, string> = {}) {
  const { db, url, drop } = await createTestDatabase()
  const world = await makeWorld(db)
  const tools = toolsFor({ SMTP_PORT: '0', DNS_SERVERS: '127.0.0.1:9', ...environment })
  const logger = testLogger()
  const quiet = quietContext(db, new Date())
  const context = { ...quiet, config: tools.config, secrets: tools.secrets, http: tools.http, logger, files: createFileStore(join(tools.config.dataDir, 'files')), channels: { adapters: createAdapters(tools), parsers, tools } }
  const setAccount = async (channel: 'sms' | 'whatsapp' | 'email' | 'slack', { address, settings, secrets }: AccountChange): Promise<void> => {
    await db.execute('update channel_account set address = coalesce($2, address), settings = coalesce($3, settings), sealed_secrets = $4 where id = $1', [
      world.accountIds[channel], address ?? null, settings ? JSON.stringify(settings) : null, secrets ? sealAccountSecrets(tools.secrets, secrets) : null,
    ])
    forgetAccounts(db)
  }
  await setAccount('sms', { address: ourNumber })
  await setAccount('whatsapp', { address: ourNumber })
  await setAccount('email', { address: mailAccount.address })
  await setAccount('slack', { address: 'T1' })

  const app = express()
  mountRoutes(app, [twilioMessagesDoor(context), twilioStatusDoor(context), slackEventsDoor(context)], { authenticate: async () => undefined, clock: context.clock, logger, publicOrigin: publicUrl, allowOwnHost: true, checkResponses: true })
  app.use(...lastHandlers({ logger }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const smtp = await createSmtpListener(context)

  return {
    context, world, db, smtp, setAccount,
    async post(path: string, body: string | Buffer, headers: Record<string, string>): Promise<{ status: number; body: string; type: string }> {
      // So that what came first has the earlier time.
      context.clock.advance(1)
      const response = await fetch(origin + path, { method: 'POST', headers, body: typeof body === 'string' ? body : new Uint8Array(body) })
      return { status: response.status, body: await response.text(), type: response.headers.get('content-type') ?? '' }
    },
    receipts: () => db.query<{ channel: string; externalId: string; state: string; accountId: string | null; reason: string | null }>(`select channel, external_id as "externalId", state, account_id as "accountId", reason from receipt order by received_at, id`),
    messages: () => db.query<{ text: string; channel: string; evidence: string | null; unverified: boolean; threadId: string | null; conversationId: string }>(`select text, channel, evidence, unverified, thread_id as "threadId", conversation_id as "conversationId" from message where direction = 'inbound' order by id`),
    /** Runs `work` while the database refuses everybody. */
    async withoutDatabase(work: () => Promise<void>) {
      const name = new URL(url).pathname.slice(1)
      const server = new Client({ connectionString: inject('testServerUrl') })
      await server.connect()
      try {
        await server.query(`alter database ${name} allow_connections false`)
        await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
        await work()
      } finally {
        await server.query(`alter database ${name} allow_connections true`)
        await server.end()
      }
    },
    async forget() {
      await db.execute('truncate receipt')
    },
    async close() {
      await smtp.close()
      server.closeAllConnections()
      server.close()
      await drop()
    },
  }
}

/** A mail client that speaks line by line, so that it can misbehave. */
export async function speakSmtp(port: number): Promise<{ say(line: string): Promise<string>; send(bytes: string | Buffer): void; answer(): Promise<string>; socket: Socket }> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let heard = ''
  const waiting: (() => void)[] = []
  socket.on('data', (chunk: Buffer) => { heard += chunk.toString('latin1'); for (const wake of waiting.splice(0)) wake() })
  socket.on('close', () => { heard += 'closed\r\n'; for (const wake of waiting.splice(0)) wake() })
  const answer = async (): Promise<string> => {
    for (;;) {
      const match = /^((?:\d{3}-[^\n]*\n)*(?:\d{3} [^\n]*|closed)\r?\n)/.exec(heard)
      if (match?.[1] !== undefined) {
        heard = heard.slice(match[1].length)
        return match[1].trim()
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  await answer()
  return { socket, answer, send: (bytes) => void socket.write(bytes), say: (line) => { socket.write(`${line}\r\n`); return answer() } }
}
