/**
 * Where history is played: the hub's own context with a clock that is set, no provider behind the channels, and one transaction
 * around everything. Nobody sees anything of a story before it is over, so no live handler can take a part of it for work that is
 * due now, and a story that was cut off never happened.
 */
import type { Channel } from '#contract/words.ts'
import type { ChannelAdapter, OutboundItem, SendResult } from '#server/channels/channel.ts'
import { parseReceipt as parseMail } from '#server/channels/email/adapter.ts'
import type { ChannelTools, ParseReceipt } from '#server/channels/parse.ts'
import { messageArrivals } from '#server/channels/slack/arrivals.ts'
import { messageEvent } from '#server/channels/slack/envelope.ts'
import type { Context } from '#server/context.ts'
import { runContactTimers } from '#server/features/contacts/contacts.timers.ts'
import { fetchFiles } from '#server/features/files/fetch.usecases.ts'
import { deliverLane } from '#server/features/outbound/deliver.usecases.ts'
import { expireOffers } from '#server/features/routing/routing.usecases.ts'
import { fireClocks } from '#server/features/sla/sla.usecases.ts'
import { sendDueSurveys } from '#server/features/surveys/surveys.usecases.ts'
import { fixedClock } from '#server/platform/clock.ts'
import type { Db, Tx } from '#server/platform/db.ts'
import type { JobHandlers, JobName, Jobs } from '#server/platform/jobs.ts'
import type { Relay } from '#server/platform/relay/relay.ts'
import { lampPicture } from './picture.ts'

export interface Wake {
  name: JobName
  key: string
  at: Date
}

export interface Stage {
  context: Context
  /** Lets time pass, with all that falls due on the way. */
  advance(to: Date): Promise<void>
  /** Does what was woken by the last act. */
  settle(): Promise<void>
  /** Our last mail to an address: what an answer to it refers to. */
  lastMailTo(address: string): SentMail | undefined
  /** The provider refuses the next item. */
  refuseNext(): void
  /** What would fall due later. */
  left(): Wake[]
}

export interface SentMail {
  messageId: string
  replyTo: string | null
}

/** In its facts a mail of the history says whether its sender was proved: there is no name server to ask. */
export interface HistoryMailFacts {
  isProved: boolean
}

const nowhere = '127.0.0.1:9'

export function createStage(real: Context, tx: Tx, start: Date): Stage {
  const clock = fixedClock(start)
  const due: Wake[] = []
  const woken: { name: JobName; key: string }[] = []
  const mails = new Map<string, SentMail>()
  let isRefusing = false
  const { adapters } = real.channels

  const send = async (channel: Channel, item: OutboundItem): Promise<SendResult> => {
    if (isRefusing) {
      isRefusing = false
      return { ok: false, kind: 'refused', code: 'message-refused', detail: '' }
    }
    const id = item.id.replaceAll('-', '')
    if (channel !== 'email' || item.payload.kind !== 'message') return { ok: true, externalId: channel === 'voice' ? `CA${id}` : channel === 'slack' ? `D0HISTORY:${id}` : `SM${id}`, status: channel === 'slack' ? 'sent' : 'delivered' }
    const messageId = item.payload.thread?.messageId ?? `<${item.id}@${real.config.mailDomain}>`
    mails.set(item.to, { messageId, replyTo: item.payload.thread?.replyTo ?? null })
    return { ok: true, externalId: messageId, status: 'sent' }
  }
  const tools: ChannelTools = { ...real.channels.tools, clock, config: { ...real.config, dnsServers: [nowhere] } }
  const context: Context = {
    ...real,
    clock,
    db: insideOf(tx),
    jobs: { ...still, wake: (name, key, options) => { if (options?.at && options.at > clock.now()) due.push({ name, key, at: options.at }); else woken.push({ name, key }) } },
    relay: stillRelay,
    channels: {
      adapters: {
        voice: quiet(adapters.voice, send), webchat: quiet(adapters.webchat, send), email: quiet(adapters.email, send), sms: quiet(adapters.sms, send), whatsapp: quiet(adapters.whatsapp, send), slack: quiet(adapters.slack, send),
      },
      parsers: { ...real.channels.parsers, email: parseOwnMail, slack: parseOwnSlack },
      tools,
    },
  }
  const handlers: JobHandlers = {
    deliver: async (lane) => { if (lane !== 'all') await deliverLane(context, lane) },
    timers: async () => {
      await expireOffers(context)
      await fireClocks(context)
      await runContactTimers(context)
    },
    surveys: async () => { await sendDueSurveys(context) },
    reports: async () => {},
    media: (messageId) => fetchFiles(context, messageId),
    // Staff of the history take what they work on themselves.
    route: async () => {},
    sweep: async () => {},
  }
  const settle = async (): Promise<void> => {
    for (let next = woken.shift(); next; next = woken.shift()) {
      const { name, key } = next
      // One run does all that was asked for until then.
      for (let i = woken.length - 1; i >= 0; i--) if (woken[i]?.name === name && woken[i]?.key === key) woken.splice(i, 1)
      await handlers[name](key)
    }
  }
  return {
    context,
    settle,
    async advance(to) {
      for (;;) {
        due.sort((a, b) => a.at.getTime() - b.at.getTime())
        const next = due[0]
        if (!next || next.at > to) break
        for (let i = due.length - 1; i >= 0; i--) if (due[i]?.name === next.name && due[i]?.key === next.key && due[i]?.at.getTime() === next.at.getTime()) due.splice(i, 1)
        if (next.at > clock.now()) clock.set(next.at)
        woken.push(next)
        await settle()
      }
      clock.set(to)
    },
    lastMailTo: (address) => mails.get(address),
    refuseNext: () => { isRefusing = true },
    left: () => due,
  }
}

/** A pool that is one transaction: what a use case commits is kept only when the story is. */
function insideOf(tx: Tx): Db {
  const none = (): never => { throw new Error('no connections of one’s own in a story') }
  return { ...tx, tx: (run) => run(tx), together: (read) => read(tx), long: { query: tx.query, maybe: tx.maybe, tx: (run) => run(tx) }, client: none, load: () => ({ waiting: 0, open: 1 }), close: none }
}

const still: Omit<Jobs, 'wake'> = { flush: async () => {}, idle: async () => {}, work: async () => {}, every: async () => {}, close: async () => {} }
const stillRelay: Relay = { wake: () => {}, hold: () => () => {}, flush: async () => {}, isHolder: false, close: async () => {} }

/** The real adapter where it speaks and translates; only nothing of it reaches a provider. */
function quiet(real: ChannelAdapter, send: (channel: Channel, item: OutboundItem) => Promise<SendResult>): ChannelAdapter {
  return {
    ...real,
    send: (item) => send(real.channel, item),
    settle: async () => null,
    fetchFile: async (sourceUrl) => ({ content: lampPicture(Number(new URL(sourceUrl).searchParams.get('hue') ?? 0), true), contentType: 'image/png' }),
  }
}

const parseOwnMail: ParseReceipt = async (receipt, account, tools) => {
  const arrivals = await parseMail(receipt, account, tools)
  const isProved = receipt.facts['isProved'] === true
  return arrivals.map((arrival) => (arrival.kind === 'message' ? { ...arrival, evidence: isProved ? 'proved' : 'claimed', proof: isProved ? 'dmarc' : null } : arrival))
}

/** The same reading as the door's, without asking Slack for the name: the event carries it. */
const parseOwnSlack: ParseReceipt = async (receipt, account) => {
  const { event } = JSON.parse(receipt.body.toString('utf8')) as { event: { user_profile?: { real_name?: string } } } // written by `slackEvent`
  return messageArrivals(messageEvent.parse(event), account).map((arrival) => ({ ...arrival, from: { ...arrival.from, displayName: event.user_profile?.real_name ?? null } }))
}
