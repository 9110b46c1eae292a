import { createHash, randomBytes } from 'node:crypto'
import { type StoredFile, viewFile } from '../files.ts'
import type { Feed } from '../feed.ts'
import type { Person, SlackView } from '../views.ts'

export type SlackFile = { id: string; stored: StoredFile; title: string }

export type SlackMessage = {
  ts: string
  user: string
  channel: string
  by: 'customer' | 'hub'
  text: string
  threadTs: string | null
  files: SlackFile[]
  edited: boolean
  deleted: boolean
  reactions: string[]
}

export const bot = { userId: 'U0HUBBOT1', botId: 'B0HUBBOT1', appId: 'A0HUBAPP1', name: 'Support' } as const

/** The simulated workspace: people, direct-message channels with the hub's app, and what was said in them. */
export class Workspace {
  readonly teamId: string
  readonly messages = new Map<string, SlackMessage>()
  readonly files = new Map<string, SlackFile>()
  readonly #people: readonly Person[]
  readonly #feed: Feed
  readonly #users = new Set<string>()
  #lastMicros = 0

  constructor(teamId: string, people: readonly Person[], feed: Feed) {
    this.teamId = teamId
    this.#people = people
    this.#feed = feed
    for (const person of people) this.#users.add(person.slackUser)
  }

  list(): SlackView[] {
    return [...this.messages.values()].map((message) => this.view(message))
  }

  /** The direct-message channel of a user with the hub's app; the same one every time. */
  channelOf(user: string): string {
    return `D${createHash('sha256').update(`${this.teamId}/${user}`).digest('hex').slice(0, 9).toUpperCase()}`
  }

  userOf(channel: string): string | undefined {
    return [...this.#users].find((user) => this.channelOf(user) === channel)
  }

  addUser(user: string): void {
    this.#users.add(user)
  }

  hasUser(user: string): boolean {
    return this.#users.has(user)
  }

  personOf(user: string): Person | undefined {
    return this.#people.find((person) => person.slackUser === user)
  }

  post(message: Pick<SlackMessage, 'user' | 'channel' | 'by' | 'text' | 'threadTs' | 'files'>): SlackMessage {
    const posted: SlackMessage = { ...message, ts: this.#nextTs(), edited: false, deleted: false, reactions: [] }
    this.messages.set(posted.ts, posted)
    this.changed(posted)
    return posted
  }

  find(channel: string, ts: string): SlackMessage | undefined {
    const message = this.messages.get(ts)
    return message?.channel === channel && !message.deleted ? message : undefined
  }

  /** Newest first, as `conversations.history` lists them. */
  history(channel: string): SlackMessage[] {
    return [...this.messages.values()].filter((message) => message.channel === channel && !message.deleted).reverse()
  }

  keepFile(stored: StoredFile, title: string): SlackFile {
    const file = { id: `F${randomBytes(5).toString('hex').toUpperCase()}`, stored, title }
    this.files.set(file.id, file)
    return file
  }

  changed(message: SlackMessage): void {
    this.#feed.publish({ kind: 'slack', item: this.view(message) })
  }

  view(message: SlackMessage): SlackView {
    return {
      id: message.ts,
      user: message.by === 'customer' ? message.user : (this.userOf(message.channel) ?? message.user),
      channel: message.channel,
      by: message.by,
      text: message.text,
      threadTs: message.threadTs,
      files: message.files.map((file) => viewFile(file.stored)),
      edited: message.edited,
      deleted: message.deleted,
      reactions: message.reactions,
      at: new Date(Number(message.ts) * 1000).toISOString(),
    }
  }

  /** Slack's `ts`: seconds and microseconds, unique and rising within the workspace. */
  #nextTs(): string {
    this.#lastMicros = Math.max(this.#lastMicros + 1, Date.now() * 1000)
    return `${Math.floor(this.#lastMicros / 1e6)}.${String(this.#lastMicros % 1e6).padStart(6, '0')}`
  }
}
