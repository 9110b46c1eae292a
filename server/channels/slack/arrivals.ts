import type { AccountWithSecrets, ItemChangeArrival, MessageArrival, WireAddress, WireFile } from '../channel.ts'
import { cleanLine } from '../clean-text.ts'
import type { FileDeletedEvent, MessageEvent, ReactionEvent, SlackFile } from './envelope.ts'
import { plainTextOf, textOfBlocks } from './text.ts'

/** What people write; joins, topics, bots' messages and the rest are the workspace's own housekeeping. */
const spokenSubtypes = new Set<string | null | undefined>([undefined, null, 'file_share', 'thread_broadcast', 'me_message'])

/** A person's message; nothing for bots (our own above all: answering ourselves would never end) and for housekeeping. */
export function messageArrivals(event: MessageEvent, account: AccountWithSecrets): MessageArrival[] {
  if (!spokenSubtypes.has(event.subtype) || event.bot_id || !event.user || !event.ts) return []
  const files = (event.files ?? []).map(fileOf)
  const text = event.text?.trim() ? plainTextOf(event.text) : textOfBlocks(event.blocks)
  return [
    {
      ...personOf(event.user, event.user_team ?? event.team ?? null, account),
      kind: 'message',
      externalId: itemId(event.channel, event.ts),
      sentAt: new Date(Number(event.ts.slice(0, 10)) * 1000),
      text: [text, ...files.filter((file) => !file.sourceUrl).map((file) => `📎 ${file.name}`)].filter((line) => line !== '').join('\n'),
      html: null,
      subject: null,
      files: files.filter((file) => file.sourceUrl),
      thread: { externalKey: threadKeyOf(event, event.ts), references: [], replyToken: null },
      mail: null,
      clientId: null,
      visitorId: null,
    },
  ]
}

/** An edit that changed words, or a deletion. Slack also reports unfurled links as changes: those say nothing new. */
export function itemChangeArrival(event: MessageEvent, account: AccountWithSecrets): ItemChangeArrival[] {
  const isDeletion = event.subtype === 'message_deleted'
  const [before, after] = [event.previous_message, event.message]
  const author = isDeletion ? before : after
  const ts = isDeletion ? event.deleted_ts : after?.ts
  if (!author?.user || author.bot_id || !ts) return []
  if (!isDeletion && before && (before.text ?? '') === (after?.text ?? '')) return []
  return [
    {
      ...personOf(author.user, author.user_team ?? author.team ?? null, account),
      kind: 'item-change',
      externalId: itemId(event.channel, event.ts ?? ts),
      change: isDeletion ? 'deleted' : 'edited',
      targetExternalId: itemId(event.channel, ts),
      text: isDeletion ? null : plainTextOf(after?.text ?? ''),
    },
  ]
}

/** `text` is the emoji's name in colons; null when the reaction was taken back. */
export function reactionArrival(event: ReactionEvent, account: AccountWithSecrets): ItemChangeArrival {
  const target = itemId(event.item.channel, event.item.ts)
  return {
    ...personOf(event.user, null, account),
    kind: 'item-change',
    externalId: `${target}:${event.type}:${event.reaction}:${event.user}`,
    change: 'reaction',
    targetExternalId: target,
    text: event.type === 'reaction_added' ? `:${event.reaction}:` : null,
  }
}

/** Its address at Slack names the file between dashes and slashes. */
export function fileDeletedArrival(event: FileDeletedEvent, account: AccountWithSecrets): ItemChangeArrival {
  return { ...personOf('', null, account), oneTime: true, kind: 'item-change', externalId: `${event.file_id}:deleted`, change: 'file-deleted', targetExternalId: event.file_id, text: null }
}

/** A message's id for us: its `ts` is unique only within its channel. */
export function itemId(channel: string, ts: string): string {
  return `${channel}:${ts}`
}

/** A direct message is one long thread of its own; elsewhere the first message roots one. */
function threadKeyOf(event: MessageEvent, ts: string): string {
  if (event.thread_ts) return itemId(event.channel, event.thread_ts)
  return event.channel_type === 'im' || event.channel.startsWith('D') ? event.channel : itemId(event.channel, ts)
}

/** Realm: the workspace the person belongs to, so that a guest of another organisation is never taken for one of this one. */
function personOf(user: string, team: string | null, account: AccountWithSecrets) {
  const from: WireAddress = { kind: 'slack-user', realm: team ?? account.address, value: user, displayName: null }
  return { accountId: account.id, channel: 'slack', from, evidence: 'proved', proof: 'slack-workspace', oneTime: false, sentAt: null, locale: null } as const
}

/** Without a `sourceUrl`: kept elsewhere, deleted, or hidden by the workspace's plan; only its name is told. */
function fileOf(file: SlackFile): WireFile {
  const sourceUrl = file.mode === 'external' || file.mode === 'tombstone' || file.mode === 'hidden_by_limit' ? null : (file.url_private_download ?? file.url_private)
  return {
    name: cleanLine(file.name) ?? cleanLine(file.title) ?? file.id,
    contentType: cleanLine(file.mimetype, 120) ?? 'application/octet-stream',
    sizeBytes: file.size ?? null,
    ...(sourceUrl ? { sourceUrl } : {}),
  }
}
