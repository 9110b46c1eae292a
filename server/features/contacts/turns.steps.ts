import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import type { ContactRow } from './contacts.store.ts'

export interface StartedTurn {
  id: string
  isNew: boolean
  /** The closed contact it was of until now: that one is unanswered no more, which the caller tells (`tellTurnLeft`). */
  leftContactId: string | null
}

/** The turn of a conversation that is neither answered nor settled; there is one at most. */
export interface OpenTurn {
  id: string
  contactId: string
  isOfClosed: boolean
}

/** The same as a column of a statement that reads more. SQL; `conversation` is an expression. */
export function openTurnSql(conversation: string): string {
  return `(select jsonb_build_object('id', t.id, 'contactId', t.contact_id, 'isOfClosed', tc.state = 'closed') from turn t join contact tc on tc.id = t.contact_id where t.conversation_id = ${conversation} and t.ended_at is null)`
}

export interface FirstItem {
  conversationId: string
  contactId: string
  messageId: string
}

/** Starts a turn with the first item nobody answered, and puts that item into it. A conversation has at most one open turn: an open one takes it. */
export async function startTurn(tx: Tx, item: FirstItem, at: Date): Promise<StartedTurn> {
  const { open } = await tx.one<{ open: OpenTurn | null }>(`select ${openTurnSql('$1')} as open`, [item.conversationId])
  const id = open?.id ?? newId(at)
  tx.send('update message set turn_id = $2 where id = $1', [item.messageId, id])
  return startTurnBeside(tx, open, id, item, at)
}

/** The same for an item that says itself of which turn it is, `turnId`: the open one's, as it was read under this lock, or a new one's. */
export function startTurnBeside(tx: Pick<Tx, 'send'>, open: OpenTurn | null, turnId: string, item: FirstItem, at: Date): StartedTurn {
  if (!open) {
    tx.send('insert into turn (id, conversation_id, contact_id, started_at, first_message_id) values ($1, $2, $3, $4, $5)', [turnId, item.conversationId, item.contactId, at, item.messageId])
    return { id: turnId, isNew: true, leftContactId: null }
  }
  // What an abandoned call or a left chat asked is still unanswered: it goes on in the contact that follows.
  const leaves = open.contactId !== item.contactId && open.isOfClosed
  if (leaves) tx.send('update turn set contact_id = $2, version = version + 1 where id = $1', [open.id, item.contactId])
  return { id: open.id, isNew: false, leftContactId: leaves ? open.contactId : null }
}

/** Ends the open turn of a contact. Returns the turns it ended. */
export async function endTurn(tx: Tx, contactId: string, end: 'answered' | 'settled', answeredByMessageId: string | null, at: Date): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `update turn set ended_at = $3, "end" = $2, answered_by_message_id = $4, version = version + 1 where contact_id = $1 and ended_at is null returning id`,
    [contactId, end, at, answeredByMessageId])
  return rows.map((row) => row.id)
}

/** Ends the open turn of a contact that was read under this transaction's lock: it was answered. */
export function answerTurn(tx: Pick<Tx, 'send'>, contact: Pick<ContactRow, 'openTurnId'>, messageId: string, at: Date): void {
  endOpenTurn(tx, contact, 'answered', messageId, at)
}

/** The same where it needs no reply. */
export function settleTurn(tx: Pick<Tx, 'send'>, contact: Pick<ContactRow, 'openTurnId'>, at: Date): void {
  endOpenTurn(tx, contact, 'settled', null, at)
}

function endOpenTurn(tx: Pick<Tx, 'send'>, { openTurnId }: Pick<ContactRow, 'openTurnId'>, end: 'answered' | 'settled', messageId: string | null, at: Date): void {
  if (openTurnId === null) return
  tx.send(`update turn set ended_at = $2, "end" = $4, answered_by_message_id = $3, version = version + 1 where id = $1`, [openTurnId, at, messageId, end])
}

/** A reply that ended failed answers nothing: its turn is open again, unless the customer has begun another since. */
export async function reopenTurn(tx: Tx, messageId: string): Promise<string | null> {
  const row = await tx.maybe<{ id: string }>(
    `update turn t set ended_at = null, "end" = null, answered_by_message_id = null, version = version + 1
     where t.answered_by_message_id = $1 and t.ended_at is not null
       and not exists (select 1 from turn o where o.conversation_id = t.conversation_id and o.ended_at is null) returning t.id`,
    [messageId])
  return row?.id ?? null
}
