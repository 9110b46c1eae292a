import type { App } from '@slack/bolt'
import type { AccountWithSecrets, Arrival } from '../channel.ts'
import type { ChannelTools } from '../parse.ts'
import { slackApiUrl, slackCredentials } from './account.ts'
import { fileDeletedArrival, itemChangeArrival, messageArrivals, reactionArrival } from './arrivals.ts'
import { fileDeletedEvent, messageEvent, reactionEvent } from './envelope.ts'
import { guardedFetch } from './guarded-fetch.ts'

/** The Bolt app of this hub, behind our own door: stored events go in, arrivals come out, and its client sends. */
export interface SlackApp {
  client: App['client']
  /** Dispatches one event_callback to the listeners and gives back what they made of it. */
  arrivalsOf(body: object, account: AccountWithSecrets): Promise<Arrival[]>
}

const apps = new WeakMap<ChannelTools, Promise<SlackApp>>()

/** One app per hub, made on first use: Bolt costs the start up to 180 ms. */
export function slackApp(tools: ChannelTools): Promise<SlackApp> {
  const made = apps.get(tools) ?? createSlackApp(tools)
  apps.set(tools, made)
  return made
}

/** docs/decisions/0020-slack-bolt.md says why Bolt neither listens nor verifies here. */
async function createSlackApp(tools: ChannelTools): Promise<SlackApp> {
  const { App, LogLevel } = await import('@slack/bolt')
  const accounts = new WeakMap<object, AccountWithSecrets>()
  const app = new App({
    receiver: { init: () => {}, start: async () => {}, stop: async () => {} },
    // By account and not by `token`: with a token Bolt asks Slack who it is at every event.
    authorize: async (_source, body) => {
      const account = accounts.get(body as object)
      if (!account) throw new Error('an event without its account')
      const { botToken, botId, botUserId } = slackCredentials(account, tools.config)
      return { ...(botToken ? { botToken } : {}), ...(botId ? { botId } : {}), ...(botUserId ? { botUserId } : {}) }
    },
    clientOptions: {
      slackApiUrl: slackApiUrl(tools.config),
      fetch: guardedFetch(tools.http, 15_000),
      // Waiting and trying again is the deliver worker's, which keeps the order of a conversation.
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      allowAbsoluteUrls: false,
    },
    logLevel: LogLevel.ERROR,
  })
  app.error(async (error) => { throw error })
  const listen = (name: string, make: (payload: unknown, account: AccountWithSecrets) => Arrival[]) =>
    app.event(name, async ({ body, payload, context }) => {
      const account = accounts.get(body)
      // Put there by `arrivalsOf` below.
      const found = context['arrivals'] as Arrival[] | undefined
      if (account && found) found.push(...make(payload, account))
    })
  listen('message', (payload, account) => {
    const event = messageEvent.safeParse(payload)
    if (!event.success) return []
    return event.data.subtype === 'message_changed' || event.data.subtype === 'message_deleted' ? itemChangeArrival(event.data, account) : messageArrivals(event.data, account)
  })
  listen('reaction_added', (payload, account) => reactionsOf(payload, account))
  listen('reaction_removed', (payload, account) => reactionsOf(payload, account))
  listen('file_deleted', (payload, account) => {
    const event = fileDeletedEvent.safeParse(payload)
    return event.success ? [fileDeletedArrival(event.data, account)] : []
  })

  return {
    client: app.client,
    async arrivalsOf(body, account) {
      const arrivals: Arrival[] = []
      accounts.set(body, account)
      await app.processEvent({ body, ack: async () => {}, customProperties: { arrivals } })
      return arrivals
    },
  }
}

function reactionsOf(payload: unknown, account: AccountWithSecrets): Arrival[] {
  const event = reactionEvent.safeParse(payload)
  return event.success ? [reactionArrival(event.data, account)] : []
}
