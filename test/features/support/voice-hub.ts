import express from 'express'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import { createAdapters, parsers } from '#server/channels/registry.ts'
import { runOverflow } from '#server/features/queues/overflow.usecases.ts'
import { besideCall, expireOffers, acceptOffer, route } from '#server/features/routing/routing.usecases.ts'
import { withdrawOffersBesideCall } from '#server/features/routing/withdraw-offers.usecases.ts'
import { runContactTimers } from '#server/features/contacts/contacts.timers.ts'
import { fetchFiles } from '#server/features/files/fetch.usecases.ts'
import { twilioStatusDoor } from '#server/features/inbound/doors/twilio-status.ts'
import { twilioVoiceDoors } from '#server/features/inbound/doors/twilio-voice.ts'
import { deliverLane } from '#server/features/outbound/deliver.usecases.ts'
import { fixedClock } from '#server/platform/clock.ts'
import { createFileStore } from '#server/platform/files.ts'
import { lastHandlers, mountRoutes } from '#server/platform/http.ts'
import { createJobs } from '#server/platform/jobs.ts'
import type { Context } from '#server/context.ts'
import { type RunningSimulator, startSimulator } from '#simulator/start.ts'
import { createTestDatabase } from '../../support/database.ts'
import { testLogger } from '../../support/logger.ts'
import { toolsFor, twilioAccountSid, twilioAuthToken } from '../../channels/tools.ts'
import { makeWorld, quietContext, type World } from './customer-world.ts'

export const hubNumber = '+14155550199'
export const callSid = (n: number): string => `CA${n.toString(16).padStart(32, '0')}`
export const recordingSid = (n: number): string => `RE${n.toString(16).padStart(32, '0')}`

const always = { timeZone: 'UTC', periods: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })) }
const monday = { timeZone: 'UTC', periods: [{ weekday: 1, from: '09:00', to: '17:00' }] }

interface Options {
  /** A telephone that dials, listens and answers: the simulated Twilio at a hundred times the speed of life. */
  phone?: boolean
}

/** The doors of the telephone on a real port, with the workers behind them when there is a phone. */
export async function startVoiceHub({ phone = false }: Options = {}) {
  const { db, url, drop } = await createTestDatabase()
  const world: World = await makeWorld(db)
  const app = express()
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const simulator: RunningSimulator | null = phone ? await startSimulator({
    hubUrl: publicUrl, speed: 100, twilio: { accountSid: twilioAccountSid, authToken: twilioAuthToken }, numbers: [{ phoneNumber: hubNumber, capabilities: ['voice', 'sms'] }],
    slack: { signingSecret: 's'.repeat(32), botToken: 'xoxb-test' }, hubSmtp: { host: '127.0.0.1', port: 9 }, supportAddresses: ['support@hub.example'],
  }) : null
  const tools = toolsFor({ PUBLIC_URL: publicUrl, ...(simulator ? { TWILIO_API_URL: simulator.twilioUrl } : {}) })
  const logger = testLogger()
  const clock = phone ? { now: () => new Date() } : fixedClock(new Date('2026-03-02T10:00:00Z'))
  const woken: string[] = []
  const jobs = phone ? await createJobs({ databaseUrl: url, logger }) : { ...quietContext(db).jobs, wake: (name: string, key: string) => void woken.push(`${name} ${key}`) }
  const context = {
    ...quietContext(db), clock, jobs, logger, config: tools.config, secrets: tools.secrets, http: tools.http, files: createFileStore(join(tools.config.dataDir, 'files')),
    channels: { adapters: createAdapters({ ...tools, clock }), parsers, tools: { ...tools, clock } },
  } satisfies Partial<Context>
  if (phone) await jobs.work({
    route: () => routeAll(), timers: (key) => timers(key), deliver: (lane) => deliverLane(context, lane), media: (messageId) => fetchFiles(context, messageId), surveys: async () => {}, reports: async () => {}, sweep: async () => {},
  })
  async function routeAll(): Promise<void> {
    await runOverflow(context, async () => {})
    await route(context)
  }
  async function timers(key: string): Promise<void> {
    if (key.startsWith(besideCall)) return withdrawOffersBesideCall(context, key.slice(besideCall.length))
    const next = [(await expireOffers(context)).nextAt, (await runContactTimers(context)).nextAt].filter((at) => at !== null).sort((a, b) => a.getTime() - b.getTime())[0]
    if (next) jobs.wake('timers', 'all', { at: next })
  }
  await db.execute('update channel_account set address = $2, name = $3 where id = $1', [world.accountIds.voice, hubNumber, 'Lamps & <Co>'])
  for (const agentId of world.agentIds.slice(0, 2)) await db.execute('insert into queue_member (queue_id, agent_id) values ($1, $2)', [world.queueIds[0], agentId])
  mountRoutes(app, [...twilioVoiceDoors(context), twilioStatusDoor(context)], { authenticate: async () => undefined, clock, logger, publicOrigin: publicUrl, allowOwnHost: true, checkResponses: true })
  app.use(...lastHandlers({ logger }))

  const base = { AccountSid: twilioAccountSid, To: hubNumber, Direction: 'inbound', CallStatus: 'ringing', ApiVersion: '2010-04-01' }
  async function post(path: string, params: Record<string, string>, signature?: string): Promise<{ status: number; body: string }> {
    const all = { ...base, ...params }
    const response = await fetch(publicUrl + path, {
      method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature ?? getExpectedTwilioSignature(twilioAuthToken, publicUrl + path, all) }, body: new URLSearchParams(all),
    })
    return { status: response.status, body: await response.text() }
  }
  const one = <T>(sql: string, values: readonly unknown[] = []) => db.one<T>(sql, values)

  return {
    context, world, db, clock, simulator, publicUrl, post, one,
    /** The customers with their telephones. */
    get customers() {
      if (!simulator) throw new Error('this hub has no telephone')
      return simulator.customers
    },
    ring: (sid: string, from: string, params: Record<string, string> = {}) => post('/webhooks/twilio/voice', { CallSid: sid, From: from, StirVerstat: 'TN-Validation-Passed-A', ...params }),
    call: (sid: string) => one<CallNow>(
      `select s.id, s.state, s.agent_id as "agentId", s.agent_leg_id as "agentLegId", s.bridged_at as "bridgedAt", s.ended_at as "endedAt", s.end_reason as "endReason", s.contact_id as "contactId", s.data->>'commandId' as "commandId",
         c.state as "contactState", c.outcome, c.owner_id as "ownerId", c.unverified, c.conversation_id as "conversationId", m.version as "messageVersion", m.text, i.kind as "identityKind", i.evidence, co.customer_id as "customerId",
         (select jsonb_agg(jsonb_build_object('demand', e.demand, 'result', e.result) order by e.enqueued_at, e.id) from queue_entry e where e.contact_id = c.id) as entries,
         (select jsonb_agg(jsonb_build_object('end', t."end") order by t.started_at) from turn t where t.contact_id = c.id) as turns,
         (select jsonb_agg(jsonb_build_object('agentId', a.agent_id, 'released', a.released_at is not null, 'ended', a.ended_at is not null, 'reason', a.end_reason, 'live', a.live_units, 'talkMs', a.talk_ms) order by a.accepted_at, a.id) from assignment a where a.contact_id = c.id) as assignments
       from session s join contact c on c.id = s.contact_id join conversation co on co.id = c.conversation_id join message m on m.id = s.message_id left join identity i on i.id = s.identity_id where s.external_id = $1`, [sid]),
    route: () => routeAll(),
    /** Does what `timers` was woken for, but for `all`. */
    async wokenTimers(): Promise<void> {
      for (const key of new Set(woken.splice(0).filter((wake) => wake.startsWith(`timers ${besideCall}`)))) await timers(key.slice('timers '.length))
    },
    /** Whoever is offered this call accepts it. */
    async accept(sid: string): Promise<string> {
      const offer = await one<{ id: string; agentId: string }>('select o.id, o.agent_id as "agentId" from offer o join session s on s.contact_id = o.contact_id where s.external_id = $1 and o.ended_at is null', [sid])
      await acceptOffer(context, offer.id, offer.agentId)
      return offer.agentId
    },
    acceptOffer: (offer: { id: string; agentId: string }) => acceptOffer(context, offer.id, offer.agentId),
    openOffer: (sid: string) => db.maybe<{ id: string; agentId: string }>('select o.id, o.agent_id as "agentId" from offer o join session s on s.contact_id = o.contact_id where s.external_id = $1 and o.ended_at is null', [sid]),
    calendar: async (hours: 'always' | 'monday' | 'never') => {
      await db.execute(`insert into calendar (id, name, time_zone, periods) select gen_random_uuid(), $1, $2, $3 on conflict (name) do nothing`, [hours, 'UTC', JSON.stringify(hours === 'always' ? always.periods : hours === 'monday' ? monday.periods : [])])
      await db.execute('update queue set calendar_id = (select id from calendar where name = $2) where id = $1', [world.queueIds[0], hours])
    },
    async stop() {
      await simulator?.stop()
      server.closeAllConnections()
      server.close()
      if (phone) await jobs.close()
      await drop()
    },
  }
}

export interface CallNow {
  id: string
  state: string
  agentId: string | null
  agentLegId: string | null
  bridgedAt: Date | null
  endedAt: Date | null
  endReason: string | null
  contactId: string
  commandId: string | null
  contactState: string
  outcome: string | null
  ownerId: string | null
  unverified: boolean
  conversationId: string
  customerId: string
  messageVersion: number
  text: string
  identityKind: string
  evidence: string
  entries: { demand: string; result: string | null }[] | null
  turns: { end: string | null }[] | null
  assignments: { agentId: string; released: boolean; ended: boolean; reason: string | null; live: number; talkMs: number }[] | null
}

export type VoiceHub = Awaited<ReturnType<typeof startVoiceHub>>
