import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdapters, parsers } from '#server/channels/registry.ts'
import type { MessageArrival } from '#server/channels/channel.ts'
import type { Channel } from '#contract/words.ts'
import { close } from '#server/features/contacts/contacts.usecases.ts'
import { reply } from '#server/features/conversations/conversations.usecases.ts'
import { applyArrival } from '#server/features/inbound/inbound.apply.ts'
import { takeContact } from '#server/features/routing/routing.usecases.ts'
import { openAccountById } from '#server/features/settings/channel-accounts.steps.ts'
import { loadConfig } from '#server/platform/config.ts'
import type { Db } from '#server/platform/db.ts'
import { commit } from '#server/platform/effects.ts'
import { createFileStore } from '#server/platform/files.ts'
import { createHttpClient } from '#server/platform/http-client.ts'
import { newId } from '#server/platform/ids.ts'
import { createSecrets } from '#server/platform/secrets.ts'
import { createTestDatabase } from '../support/database.ts'
import { testLogger } from '../support/logger.ts'
import { makeWorld, quietContext, start } from './support/customer-world.ts'

export const hour = 3_600_000

/** All parts of a hub that surveys touch, with a clock of the test and nothing running by itself. */
export function surveyContext(db: Db, at: Date) {
  const config = loadConfig({ NODE_ENV: 'test', DEMO: '0', DATA_DIR: mkdtempSync(join(tmpdir(), 'surveys-')), SESSION_SECRET: 'a session secret for tests 0123456789', PUBLIC_URL: 'https://help.example.com', MAIL_DOMAIN: 'help.example.com' })
  const quiet = quietContext(db, at)
  const secrets = createSecrets(config.sessionSecret)
  const http = createHttpClient({ allowedOrigins: [] })
  const tools = { config, clock: quiet.clock, http, secrets }
  const wakes: { key: string; at: Date | undefined }[] = []
  const jobs = { ...quiet.jobs, wake: (name: string, key: string, options?: { at?: Date }) => { if (name === 'surveys') wakes.push({ key, at: options?.at }) } }
  return { ...quiet, jobs, wakes, config, secrets, http, logger: testLogger(), files: createFileStore(join(config.dataDir, 'files')), channels: { adapters: createAdapters(tools), parsers, tools } }
}

let serial = 0

/** A company with a CSAT survey on its first queue, and customers who write, are answered and let go. */
export async function startSurveyWorld() {
  const { db, url, drop } = await createTestDatabase()
  const world = await makeWorld(db)
  const context = surveyContext(db, start)
  const surveyId = newId(start)
  await db.execute(`insert into survey (id, name, kind, questions) values ($1, 'How did we do', 'csat', '[]')`, [surveyId])
  await db.execute('update queue set survey_id = $1', [surveyId])
  await db.execute('update agent set live_units = 100000, deferred_units = 100000')
  await db.execute(`update channel_account set address = '+14155550199' where id = $1`, [world.accountIds.sms])
  const dispositionId = newId(start)
  await db.execute(`insert into disposition (id, name) values ($1, 'Solved')`, [dispositionId])
  const agentId = world.agentIds[0]!

  const newPhone = (): string => `+1415555${String(1000 + ++serial)}`

  async function write(from: string, text: string, options: { channel?: Channel; evidence?: 'proved' | 'claimed' } = {}): Promise<{ conversationId: string; messageId: string }> {
    const channel = options.channel ?? 'sms'
    const account = await openAccountById(context, world.accountIds[channel])
    const arrival: MessageArrival = {
      kind: 'message', accountId: world.accountIds[channel], channel, externalId: newId(), from: { kind: channel === 'email' ? 'email' : 'phone', realm: '', value: from, displayName: null },
      evidence: options.evidence ?? 'proved', proof: 'carrier', oneTime: false, sentAt: null, locale: null, text, html: null, subject: channel === 'email' ? 'Question' : null, files: [],
      thread: null, mail: null, clientId: null, visitorId: null,
    }
    const now = context.clock.now()
    const applied = await commit(context, now, (tx, effects) => applyArrival(tx, context, { arrival, account: account!, files: [], receiptId: newId(now) }, now, effects))
    return { conversationId: applied.conversationId!, messageId: applied.messageId! }
  }

  /** Taken, answered and closed as handled. */
  async function serve(conversationId: string, options: { complaint?: boolean } = {}): Promise<string> {
    const contact = await db.one<{ id: string }>(`select id from contact where conversation_id = $1 and state <> 'closed'`, [conversationId])
    await takeContact(context, contact.id, agentId)
    const last = await db.one<{ identityId: string; channel: Channel; accountId: string }>(`select identity_id as "identityId", channel, account_id as "accountId" from message where conversation_id = $1 and direction = 'inbound' order by seq desc limit 1`, [conversationId])
    await reply(context, conversationId, { staffId: agentId, role: 'agent' }, { clientId: newId(), text: 'There you are.', attachmentIds: [], channel: last.channel, identityId: last.identityId, accountId: last.accountId, subject: null })
    await close(context, contact.id, { staffId: agentId, role: 'agent' }, { dispositionId, complaint: options.complaint ?? false, settle: false })
    return contact.id
  }

  return {
    db, url, world, context, clock: context.clock, surveyId, agentId, newPhone, write, serve,
    invitations: (contactId: string) => db.query<{ id: string; state: string; reason: string | null; channel: string; sendAt: Date; messageId: string | null }>(
      `select id, state, reason, channel, send_at as "sendAt", message_id as "messageId" from survey_invitation where contact_id = $1`, [contactId]),
    questions: (conversationId: string) => db.query<{ text: string; channel: string }>(`select text, channel from message where conversation_id = $1 and data->>'automatic' = 'survey'`, [conversationId]),
    openContacts: (conversationId: string) => db.query<{ id: string }>(`select id from contact where conversation_id = $1 and state <> 'closed'`, [conversationId]),
    responses: (contactId: string) => db.query<{ score: number; comment: string | null; agentId: string; channel: string }>('select score, comment, agent_id as "agentId", channel from survey_response where contact_id = $1', [contactId]),
    /** The provider took what is on its way. */
    async delivered(contactId: string): Promise<void> {
      await db.execute(`update survey_invitation set state = 'sent', sent_at = $2 where contact_id = $1 and state = 'sending'`, [contactId, context.clock.now()])
    },
    stop: drop,
  }
}
