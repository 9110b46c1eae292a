/** Fetches the files a provider keeps for us, from its own hosts only, a bounded number of times; the message is there before them. */
import type { Channel } from '#contract/words.ts'
import { FileNotFetched } from '../../channels/file-fetch.ts'
import type { Context } from '../../context.ts'
import { commit } from '../../platform/effects.ts'
import { HttpClientError } from '../../platform/http-client.ts'
import { lockConversation, timelineRooms } from '../conversations/conversations.steps.ts'
import { openAccountById } from '../settings/channel-accounts.steps.ts'
import { visitorRoomsFor } from '../webchat/webchat.steps.ts'

type FetchContext = Pick<Context, 'db' | 'clock' | 'jobs' | 'relay' | 'files' | 'channels' | 'secrets' | 'logger'>

const sizeBytesMax = 25 * 1024 * 1024
const retryMs = [10_000, 60_000, 600_000, 3_600_000]

interface Wanted {
  id: string
  sourceUrl: string
  attempts: number
  accountId: string
  channel: Channel
  messageId: string
}

export async function fetchFiles(context: FetchContext, messageId: string): Promise<void> {
  const wanted = await context.db.query<Wanted>(
    `select a.id, a.source_url as "sourceUrl", a.attempts, m.account_id as "accountId", m.channel, m.id as "messageId"
     from attachment a join message m on m.id = a.message_id where a.message_id = $1 and a.state = 'fetching' and a.next_attempt_at <= $2 order by a.position`, [messageId, context.clock.now()])
  for (const file of wanted) await fetchOne(context, file)
}

async function fetchOne(context: FetchContext, file: Wanted): Promise<void> {
  const adapter = context.channels.adapters[file.channel]
  const account = await openAccountById(context, file.accountId)
  try {
    if (!account || !adapter.fetchFile) throw new Error('this channel keeps no files')
    const fetched = await adapter.fetchFile(file.sourceUrl, account, sizeBytesMax)
    const stored = await context.files.put(fetched.content, { sizeBytesMax })
    await finish(context, file, `state = 'stored', storage_key = $3, sha256 = $4, content_type = $5, size_bytes = $6, next_attempt_at = null`, [stored.key, stored.sha256, stored.contentType, stored.sizeBytes])
  } catch (error) {
    const end = finalOf(error)
    const delayMs = end ? undefined : retryMs[file.attempts]
    context.logger.warn({ err: error, attachmentId: file.id, event: 'file.fetch-failed' }, 'a file could not be fetched')
    if (delayMs === undefined) await finish(context, file, `state = $3, state_reason = $4, next_attempt_at = null`, end ?? ['failed', 'not-fetched'])
    else {
      const at = new Date(context.clock.now().getTime() + delayMs)
      await context.db.execute('update attachment set attempts = attempts + 1, next_attempt_at = $2 where id = $1', [file.id, at])
      context.jobs.wake('media', file.messageId, { at })
    }
  }
}

/** What no later try would change: the provider has it no more or keeps it from us, or we may not fetch it. */
function finalOf(error: unknown): [state: 'failed' | 'refused', reason: string] | null {
  if (error instanceof FileNotFetched && [403, 404, 410].includes(error.status)) return ['failed', error.status === 403 ? 'kept-by-provider' : 'gone-at-provider']
  if (error instanceof HttpClientError && error.code === 'too-large') return ['refused', 'too-large']
  if (error instanceof HttpClientError && error.code === 'blocked') return ['refused', 'foreign-address']
  return null
}

async function finish(context: FetchContext, file: Wanted, set: string, values: readonly unknown[]): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    // A merge may have moved the message since it was read.
    const at = await tx.one<{ conversationId: string }>('select conversation_id as "conversationId" from message where id = $1', [file.messageId])
    const conversation = await lockConversation(tx, at.conversationId, now)
    const changed = await tx.execute(`update attachment set ${set}, attempts = attempts + 1, version = version + 1 where id = $1 and state = 'fetching' and $2::timestamptz is not null`, [file.id, now, ...values])
    if (changed === 0) return
    await tx.execute('update message set version = version + 1 where id = $1', [file.messageId])
    const messageIds = [file.messageId]
    const rooms = [...timelineRooms(conversation.id), ...(await visitorRoomsFor(tx, conversation.visitorIds, messageIds))]
    effects.tell({ type: 'message.changed', conversationId: conversation.id, refs: { messageIds }, rooms })
  })
}

/** The sweeper's part: files that are due but were not woken. */
export async function sweepFiles(context: FetchContext): Promise<number> {
  const rows = await context.db.query<{ messageId: string }>(
    `select distinct message_id as "messageId" from attachment where state = 'fetching' and message_id is not null and next_attempt_at <= $1 limit 100`, [new Date(context.clock.now().getTime() - 5_000)])
  for (const { messageId } of rows) context.jobs.wake('media', messageId)
  return rows.length
}
