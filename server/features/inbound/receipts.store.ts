import type { Channel, ReceiptState } from '#contract/words.ts'
import type { DoorAnswer } from '../../channels/channel.ts'
import type { Statements, Tx } from '../../platform/db.ts'

export interface ReceiptRow {
  id: string
  channel: Channel
  accountId: string | null
  externalId: string
  kind: string
  body: Buffer
  facts: Record<string, unknown>
  receivedAt: Date
  state: ReceiptState
  attempts: number
  answer: DoorAnswer | null
}

const receiptColumns = `id, channel, account_id as "accountId", external_id as "externalId", kind, body, facts, received_at as "receivedAt", state, attempts, answer`

/** Stores the raw inbound. The unique key decides which of two copies is the first. */
export async function insertReceipt(tx: Statements, receipt: Pick<ReceiptRow, 'id' | 'channel' | 'accountId' | 'externalId' | 'kind' | 'body' | 'facts' | 'receivedAt'>): Promise<{ id: string; isDuplicate: boolean; answer: DoorAnswer | null }> {
  const inserted = await tx.maybe<{ id: string }>(
    `insert into receipt (id, channel, account_id, external_id, kind, body, facts, received_at, next_attempt_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $8::timestamptz + interval '10 seconds') on conflict (channel, external_id) do nothing returning id`,
    [receipt.id, receipt.channel, receipt.accountId, receipt.externalId, receipt.kind, receipt.body, JSON.stringify(receipt.facts), receipt.receivedAt])
  if (inserted) return { id: receipt.id, isDuplicate: false, answer: null }
  const first = await tx.one<{ id: string; answer: DoorAnswer | null }>('select id, answer from receipt where channel = $1 and external_id = $2', [receipt.channel, receipt.externalId])
  return { id: first.id, isDuplicate: true, answer: first.answer }
}

export async function loadReceipt(tx: Statements, id: string): Promise<ReceiptRow | undefined> {
  return tx.maybe<ReceiptRow>(`select ${receiptColumns} from receipt where id = $1`, [id])
}

/** Takes the receipt for this transaction; undefined when somebody else has it. */
export async function takeReceipt(tx: Tx, id: string): Promise<{ state: ReceiptState; answer: DoorAnswer | null } | undefined> {
  return tx.maybe('select state, answer from receipt where id = $1 for update skip locked', [id])
}

export function markHandled(tx: Pick<Tx, 'send'>, id: string, answer: DoorAnswer | null, messageId: string | null, now: Date): void {
  tx.send(`update receipt set state = 'handled', answer = $2, message_id = $3, handled_at = $4, reason = null, next_attempt_at = null where id = $1`,
    [id, answer ? JSON.stringify(answer) : null, messageId, now])
}

/** Leaves the receipt as the mark of what came, without what was in it. */
export function emptyReceipt(tx: Pick<Tx, 'send'>, id: string): void {
  tx.send(`update receipt set body = '' where id = $1`, [id])
}

export async function markFailed(tx: Statements, id: string, state: 'failed' | 'quarantined', reason: string, nextAttemptAt: Date | null): Promise<void> {
  await tx.execute(`update receipt set state = $2, reason = $3, attempts = attempts + 1, next_attempt_at = $4 where id = $1 and state <> 'handled'`, [id, state, reason.slice(0, 300), nextAttemptAt])
}

/** Receipts whose time has come: stored but never handled (a crash), or failed and due again. */
export async function dueReceipts(tx: Statements, now: Date, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(`select id from receipt where state in ('stored', 'failed') and next_attempt_at <= $1 order by received_at limit $2`, [now, limit])
  return rows.map((row) => row.id)
}
