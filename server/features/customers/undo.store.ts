/** What an undo must know before it writes: the merge, and where everything born since then belongs. */
import type { MergeSide } from '../../domain/merging.ts'
import { sideAtUndo } from '../../domain/merging.ts'
import type { Address } from '../../domain/identity.ts'
import type { Tx } from '../../platform/db.ts'

export interface MergeRow {
  id: string
  survivorId: string
  foldedId: string
  survivorConversationId: string
  foldedConversationId: string
  at: Date
  undoneAt: Date | null
  lostRowsToErasure: boolean
  /** The newest merge of this survivor that stands; only that one may be undone. */
  newestId: string | null
}

export async function loadMerge(tx: Pick<Tx, 'maybe'>, mergeId: string): Promise<MergeRow | undefined> {
  return tx.maybe<MergeRow>(
    `select m.id, m.survivor_id as "survivorId", m.folded_id as "foldedId", m.survivor_conversation_id as "survivorConversationId",
       m.folded_conversation_id as "foldedConversationId", m.at, m.undone_at as "undoneAt",
       exists (select 1 from customer cu where cu.id in (m.survivor_id, m.folded_id) and cu.erased_at is not null) as "lostRowsToErasure",
       (select n.id from merge n where n.undone_at is null and (n.survivor_id = m.survivor_id or n.folded_id = m.survivor_id) order by n.at desc, n.id desc limit 1) as "newestId"
     from merge m where m.id = $1`, [mergeId])
}

/** Rows born since the merge, by the side they belong to. What is in neither list has its place already. */
export interface BornSince {
  messages: { folded: string[]; survivor: string[] }
  contacts: { folded: string[]; survivor: string[] }
  /** Open turns and live sessions that go to the folded side. */
  turnIds: string[]
  sessionIds: string[]
  threadIds: string[]
}

interface Sides {
  folded: { addresses: Address[]; contactIds: Set<string> }
  survivor: { addresses: MergeSide['identities'][number][]; contactIds: Set<string> }
}

/** Decides for every row born since: by its address, else by its contact, else it stays with the survivor. */
export async function loadBornSince(tx: Pick<Tx, 'query' | 'maybe'>, merge: MergeRow): Promise<BornSince> {
  const sides = await loadSides(tx, merge)
  const contacts = await decideContacts(tx, merge, sides)
  for (const id of contacts.folded) sides.folded.contactIds.add(id)
  for (const id of contacts.survivor) sides.survivor.contactIds.add(id)

  const messages = split(await tx.query<BornRow>(
    `select m.id, m.contact_id as "contactId", ${addressSql} from message m left join identity i on i.id = m.identity_id
     where m.conversation_id = $1 and m.at > coalesce(
       (select (c.after->>'last_message_at')::timestamptz from merge_item c where c.merge_id = $2 and c.table_name = 'conversation' and c.after ? 'last_message_at'), '-infinity')`,
    [merge.survivorConversationId, merge.id]), sides)
  const isFolded = new Set(messages.folded)
  const turns = await tx.query<{ id: string; firstMessageId: string }>(
    `select id, first_message_id as "firstMessageId" from turn where conversation_id = $1 and ended_at is null and started_at >= $2`, [merge.survivorConversationId, merge.at])
  const sessions = split(await tx.query<BornRow>(
    `select s.id, s.contact_id as "contactId", ${addressSql} from session s left join identity i on i.id = s.identity_id
     where s.conversation_id = $1 and s.started_at >= $2 and s.ended_at is null`, [merge.survivorConversationId, merge.at]), sides)
  const threads = split(await tx.query<BornRow>(
    `select t.id, null as "contactId", ${addressSql} from thread t join identity i on i.id = t.identity_id where t.conversation_id = $1 and t.created_at >= $2`,
    [merge.survivorConversationId, merge.at]), sides)
  return { messages, contacts, turnIds: turns.filter((turn) => isFolded.has(turn.firstMessageId)).map((turn) => turn.id), sessionIds: sessions.folded, threadIds: threads.folded }
}

interface BornRow {
  id: string
  contactId: string | null
  address: Address | null
}

const addressSql = `case when i.id is not null then jsonb_build_object('kind', i.kind, 'realm', i.realm, 'value', i.value) end as address`

async function loadSides(tx: Pick<Tx, 'query'>, merge: MergeRow): Promise<Sides> {
  const identities = await tx.query<Address & { goesBack: boolean }>(
    `select i.kind, i.realm, i.value, exists (select 1 from merge_item x where x.merge_id = $2 and x.table_name = 'identity' and x.row_key->>'id' = i.id::text) as "goesBack"
     from identity i where i.customer_id = $1`, [merge.survivorId, merge.id])
  const contacts = await tx.query<{ id: string; goesBack: boolean }>(
    `select c.id, exists (select 1 from merge_item x where x.merge_id = $2 and x.table_name = 'contact' and x.before ? 'conversation_id' and x.row_key->>'id' = c.id::text) as "goesBack"
     from contact c where c.conversation_id = $1 and c.opened_at < $3`, [merge.survivorConversationId, merge.id, merge.at])
  const side = (goesBack: boolean) => ({
    addresses: identities.filter((identity) => identity.goesBack === goesBack).map(({ kind, realm, value }) => ({ kind, realm, value, isShared: false })),
    contactIds: new Set(contacts.filter((contact) => contact.goesBack === goesBack).map((contact) => contact.id)),
  })
  return { folded: side(true), survivor: side(false) }
}

/** A contact goes by the address of its first item, else of its session. */
async function decideContacts(tx: Pick<Tx, 'query'>, merge: MergeRow, sides: Sides): Promise<{ folded: string[]; survivor: string[] }> {
  return split(await tx.query<BornRow>(
    `select c.id, c.previous_contact_id as "contactId", ${addressSql}
     from contact c left join identity i on i.id = coalesce(
       (select m.identity_id from message m where m.contact_id = c.id and m.identity_id is not null order by m.at, m.id limit 1),
       (select s.identity_id from session s where s.contact_id = c.id and s.identity_id is not null order by s.started_at limit 1))
     where c.conversation_id = $1 and c.opened_at >= $2 order by c.opened_at, c.id`, [merge.survivorConversationId, merge.at]), sides)
}

function split(rows: readonly BornRow[], sides: Sides): { folded: string[]; survivor: string[] } {
  const decided = { folded: [] as string[], survivor: [] as string[] }
  for (const row of rows) decided[sideAtUndo(row, sides.folded, sides.survivor).side].push(row.id)
  return decided
}
