/** Who may see what of a batch of events, asked at the moment it is told: sight may have changed since it happened. */
import { roomOf } from '#contract/rooms.ts'
import type { Tx } from '../../platform/db.ts'
import type { NumberedEvent } from '../../platform/relay/relay.ts'
import { agentSeesSql, hiddenContactSql, outsideContactSql } from '../customers/customers.visibility.ts'

type Reader = Pick<Tx, 'query'>

/** Of these contacts, and those of these sessions, the ones of restricted queues, with the team that may read them. */
export async function restrictedContacts(db: Reader, contactIds: readonly string[], sessionIds: readonly string[]): Promise<Map<string, string>> {
  if (contactIds.length + sessionIds.length === 0) return new Map()
  const rows = await db.query<{ id: string; teamId: string }>(
    `select c.id, q.team_id as "teamId" from contact c join queue q on q.id = c.queue_id
     where q.restricted and c.id = any($1::uuid[] || array(select s.contact_id from session s where s.id = any($2::uuid[]) and s.contact_id is not null))`, [contactIds, sessionIds])
  return new Map(rows.map((row) => [row.id, row.teamId]))
}

/** Of these restricted contacts those that each of these members of staff may read all the same. */
export async function readableContacts(db: Reader, staffIds: readonly string[], contactIds: readonly string[]): Promise<Map<string, Set<string>>> {
  const readable = new Map(staffIds.map((id) => [id, new Set<string>()]))
  if (staffIds.length === 0 || contactIds.length === 0) return readable
  const rows = await db.query<{ staffId: string; contactId: string }>(
    `select ag.id as "staffId", c.id as "contactId" from agent ag cross join contact c
     where ag.id = any($1::uuid[]) and c.id = any($2::uuid[]) and not ${hiddenContactSql('c.id', 'ag.id')}`, [staffIds, contactIds])
  for (const row of rows) readable.get(row.staffId)?.add(row.contactId)
  return readable
}

export interface AgentSight {
  /** The contact is not for the agent of this room: its conversation is out of sight, or it is of a restricted queue. */
  isHidden(room: string, contactId: string): boolean
  isConversationHidden(room: string, contactId: string): boolean
  /** It is of a restricted queue of another team: who owns it may read it, and its text comes and goes with that. */
  isOutside(room: string, contactId: string): boolean
}

interface Outside {
  conversationHidden: boolean
  owned: boolean
}

/** What agents (not supervisors or admins) whose own rooms are told of contacts may not see of them. */
export async function agentSight(db: Reader, events: readonly NumberedEvent[]): Promise<AgentSight> {
  const pairs = new Map<string, { agentId: string; contactId: string }>()
  const prefix = roomOf.agent('')
  for (const event of events) {
    if (!event.room.startsWith(prefix)) continue
    for (const contactId of event.refs.contactIds ?? []) pairs.set(`${event.room} ${contactId}`, { agentId: event.room.slice(prefix.length), contactId })
  }
  const outside = new Map<string, Outside>()
  if (pairs.size > 0) {
    const asked = [...pairs.values()]
    const rows = await db.query<Outside & { agentId: string; contactId: string }>(
      // One pair after the other ("offset 0"): for all at once the planner would join every conversation with every agent.
      `select p.agent_id as "agentId", p.contact_id as "contactId", s.hidden as "conversationHidden", c.owner_id is not distinct from p.agent_id as owned
       from unnest($1::uuid[], $2::uuid[]) p(agent_id, contact_id)
       join lateral (select 1 from agent ag where ag.id = p.agent_id and ag.role = 'agent' offset 0) ag on true
       join lateral (select c.id, c.conversation_id, c.owner_id from contact c where c.id = p.contact_id offset 0) c on true
       cross join lateral (select (select true where ${agentSeesSql('c.conversation_id', 'p.agent_id')} limit 1) is null as hidden, (select true where ${outsideContactSql('c.id', 'p.agent_id')} limit 1) is not null as outside offset 0) s
       where s.hidden or s.outside`,
      [asked.map((pair) => pair.agentId), asked.map((pair) => pair.contactId)])
    for (const row of rows) outside.set(`${roomOf.agent(row.agentId)} ${row.contactId}`, row)
  }
  const at = (room: string, contactId: string): Outside | undefined => outside.get(`${room} ${contactId}`)
  return {
    isHidden: (room, contactId) => { const found = at(room, contactId); return found !== undefined && (found.conversationHidden || !found.owned) },
    isConversationHidden: (room, contactId) => at(room, contactId)?.conversationHidden === true,
    isOutside: (room, contactId) => at(room, contactId)?.conversationHidden === false,
  }
}
