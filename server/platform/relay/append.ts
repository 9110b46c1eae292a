import type { EventName, EventRefs } from '#contract/events.ts'
import { newId } from '../ids.ts'
import type { Tx } from '../db.ts'

export interface NewEvent {
  type: EventName
  conversationId?: string
  contactId?: string
  agentId?: string
  refs: EventRefs
  /** Where it is told; decided now, because who may see a conversation can change before the relay gets to it. */
  rooms: readonly string[]
}

/**
 * Appends events inside the transaction that made them happen. The caller holds the conversation's lock, so positions follow
 * the order of changes within one conversation.
 */
export function appendEvents(tx: Pick<Tx, 'send'>, events: readonly NewEvent[], at: Date): void {
  if (events.length === 0) return
  const rows = events.flatMap(inParts).map((event) => ({
    id: newId(at),
    type: event.type,
    conversation_id: event.conversationId ?? null,
    contact_id: event.contactId ?? null,
    agent_id: event.agentId ?? null,
    data: event.refs,
    rooms: [...new Set(event.rooms)],
  }))
  tx.send(
    `insert into event (id, type, conversation_id, contact_id, agent_id, data, rooms, at)
     select e.id, e.type, e.conversation_id, e.contact_id, e.agent_id, e.data, e.rooms, $2
     from jsonb_to_recordset($1::jsonb) as e(id uuid, type text, conversation_id uuid, contact_id uuid, agent_id uuid, data jsonb, rooms text[])`,
    [JSON.stringify(rows), at],
  )
}

/** Views of contacts are the bulk of what is told: more than these are told by further events, so that none grows large. */
const contactsPerEvent = 3

function inParts(event: NewEvent): NewEvent[] {
  const { contactIds = [] } = event.refs
  if (contactIds.length <= contactsPerEvent) return [event]
  const rest = Array.from({ length: Math.ceil(contactIds.length / contactsPerEvent) - 1 }, (_, i) => contactIds.slice((i + 1) * contactsPerEvent, (i + 2) * contactsPerEvent))
  return [{ ...event, refs: { ...event.refs, contactIds: contactIds.slice(0, contactsPerEvent) } }, ...rest.map((ids) => ({ ...event, refs: { contactIds: ids } }))]
}
