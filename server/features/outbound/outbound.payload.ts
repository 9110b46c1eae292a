/** Builds what an adapter sends from the stored rows: nothing of it comes from memory, so a retry sends the same. */
import type { AccountWithSecrets, OutboundItem, OutboundPayload, OutboundThread } from '../../channels/channel.ts'
import type { Context } from '../../context.ts'
import type { Statements } from '../../platform/db.ts'
import { replyToken } from '../conversations/reply-token.ts'
import { surveyLinkLine } from '../surveys/surveys.links.ts'
import type { LeasedItem, OutboundRow, Words } from './outbound.store.ts'

type PayloadContext = Pick<Context, 'db' | 'files' | 'secrets' | 'config' | 'clock'>

const fileLinkMs = 60 * 60_000
export const providerFilePurpose = 'provider-file'

/** Null when there is nothing left to send (the message was withdrawn). */
export async function buildItem(context: PayloadContext, { row, words }: Pick<LeasedItem, 'row' | 'words'>, account: AccountWithSecrets): Promise<OutboundItem | null> {
  const base = { id: row.id, to: row.address, attempts: row.attempts }
  if (row.kind !== 'message') return { ...base, payload: { ...row.payload, kind: row.kind } as OutboundPayload } // written by the voice feature in this shape
  if (typeof row.payload['sealed'] === 'string') return { ...base, payload: sealedWords(context, row, row.payload['sealed']) }
  if (!words) return null
  const thread = words.threadId ? await threadOf(context, words, words.threadId, row, account) : row.channel === 'email' ? mailOnItsOwn(context, row) : null
  const link = row.invitationId && row.channel === 'email' ? await surveyLinkLine(context, row.invitationId) : null
  return {
    ...base,
    payload: {
      kind: 'message', text: link ? `${words.text}\n\n${link}` : words.text, html: words.html, subject: words.subject ?? thread?.subject ?? null, files: filesOf(context, words), thread: thread?.thread ?? null, cc: thread?.cc ?? [],
      clientRef: row.id, isAutomatic: words.isAutomatic,
    },
  }
}

/** Words that belong to no conversation (a one-time code): sealed in the row, so that who reads the table learns no code. */
function sealedWords(context: PayloadContext, row: OutboundRow, sealed: string): OutboundPayload {
  const { subject, text } = JSON.parse(context.secrets.openSecret(sealed)) as { subject: string; text: string } // sealed by us in this shape
  const isMail = row.channel === 'email'
  return { kind: 'message', text, html: null, subject: isMail ? subject : null, files: [], thread: isMail ? mailOnItsOwn(context, row).thread : null, cc: [], clientRef: row.id, isAutomatic: true }
}

interface Threaded {
  thread: OutboundThread
  subject: string | null
  /** Who else reads along. */
  cc: string[]
}

async function threadOf(context: PayloadContext, words: Words, threadId: string, row: OutboundRow, account: AccountWithSecrets): Promise<Threaded> {
  const [thread, quoted, cc] = await context.db.together((reader) => Promise.all([
    reader.one<{ externalKey: string; subject: string | null; lastMessageId: string | null; references: string[]; identityId: string }>(
      `select external_key as "externalKey", subject, last_message_id as "lastMessageId", "references", identity_id as "identityId" from thread where id = $1`, [threadId]),
    reader.maybe<{ author: string | null; at: Date; text: string; html: string | null }>(
      `select coalesce(i.display_name, i.value, ag.name) as author, m.at, m.text, m.html from message m left join identity i on i.id = m.identity_id and m.direction = 'inbound' left join agent ag on ag.id = m.agent_id
       where m.thread_id = $1 and m.id <> $2 and m.kind in ('text', 'file') and m.direction <> 'internal' and m.at <= (select at from message where id = $2) order by m.at desc limit 1`, [threadId, words.id]),
    participantsOf(reader, threadId, row.address),
  ]))
  return {
    subject: thread.subject,
    cc,
    thread: {
      externalKey: thread.externalKey,
      messageId: messageIdOf(context, row),
      inReplyTo: thread.lastMessageId,
      references: thread.references.slice(-20),
      replyTo: `reply+${replyToken(context.secrets, threadId, words.identityId ?? thread.identityId)}@${context.config.mailDomain}`,
      quoted: quoted ? { author: quoted.author ?? account.name, at: quoted.at, text: quoted.text, html: quoted.html } : null,
    },
  }
}

function mailOnItsOwn(context: PayloadContext, row: OutboundRow): Threaded {
  return { subject: null, cc: [], thread: { externalKey: messageIdOf(context, row), messageId: messageIdOf(context, row), inReplyTo: null, references: [], replyTo: null, quoted: null } }
}

function messageIdOf(context: PayloadContext, row: OutboundRow): string {
  return `<${row.id}@${context.config.mailDomain}>`
}

async function participantsOf(db: Pick<Statements, 'query'>, threadId: string, to: string): Promise<string[]> {
  const rows = await db.query<{ value: string }>(
    `select i.value from thread_participant p join identity i on i.id = p.identity_id where p.thread_id = $1 and p.removed_at is null and i.kind = 'email' and i.value <> $2`, [threadId, to])
  return rows.map((row) => row.value)
}

function filesOf(context: PayloadContext, words: Words): Extract<OutboundPayload, { kind: 'message' }>['files'] {
  const expiresAt = new Date(context.clock.now().getTime() + fileLinkMs)
  return words.files.map((row) => ({
    name: row.name, contentType: row.contentType, sizeBytes: row.sizeBytes,
    read: async () => Buffer.concat(await Array.fromAsync(context.files.read(row.storageKey) as AsyncIterable<Buffer>)),
    url: `${context.config.publicUrl}/provider-files/${context.secrets.signToken({ id: row.id }, providerFilePurpose, expiresAt)}`,
  }))
}
