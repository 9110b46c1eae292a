/**
 * Who may see whom: the one place that says it, as SQL, so that lists, search, sockets and exports ask the same. Supervisors and
 * admins see everybody. An agent sees a conversation that was in a queue of one of their teams, or one with an open contact they
 * own, owned or are offered. Contacts of a restricted queue are read by its team and their owner only: to others one grey line.
 */
import type { Role } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'
import { notFound } from '../../platform/errors.ts'
import { standingCustomerId } from './customers.store.ts'

/** Who looks. */
export interface Viewer {
  staffId: string
  role: Role
}

export const seesEverybody = (viewer: Viewer): boolean => viewer.role !== 'agent'

/**
 * SQL that is true where the agent whose id is `staff` may see the conversation whose id is `conversation` (both SQL
 * expressions). For supervisors and admins leave it out, or use `mayListSql`. `offset 0`: asked of each row as it comes; a page would
 * else wait until all that the agent's teams ever saw is read into a hash.
 */
export function agentSeesSql(conversation: string, staff: string): string {
  return `(exists (select 1 from conversation_team vt join team_member vm on vm.team_id = vt.team_id where vt.conversation_id = ${conversation} and vm.agent_id = ${staff} offset 0)
    or exists (select 1 from contact vc where vc.conversation_id = ${conversation} and vc.state <> 'closed' and (
      vc.owner_id = ${staff}
      or exists (select 1 from assignment va where va.contact_id = vc.id and va.agent_id = ${staff})
      or exists (select 1 from offer vo where vo.contact_id = vc.id and vo.agent_id = ${staff} and vo.ended_at is null)
      or exists (select 1 from consult vk join offer vko on vko.id = vk.offer_id where vko.contact_id = vc.id and vk.agent_id = ${staff} and vk.left_at is null)) offset 0))`
}

/** The same for any viewer: `true` for those who see everybody. */
export function mayListSql(viewer: Viewer, conversation: string, staff: string): string {
  return seesEverybody(viewer) ? `(${staff})::uuid is not null` : agentSeesSql(conversation, staff)
}

/** SQL that is true where the contact whose id is `contact` (may be null) is of a restricted queue the staff member may not read. */
export function hiddenContactSql(contact: string, staff: string): string {
  return outsideContactSql(contact, staff, `and hc.owner_id is distinct from ${staff}`)
}

/** The same, also where the staff member reads it as its owner: true for whoever is outside the team. */
export function outsideContactSql(contact: string, staff: string, also = ''): string {
  return `exists (select 1 from contact hc join queue hq on hq.id = hc.queue_id where hc.id = ${contact} and hq.restricted ${also}
    and not exists (select 1 from team_member hm where hm.team_id = hq.team_id and hm.agent_id = ${staff}))`
}

export async function maySeeConversation(db: Pick<Tx, 'maybe'>, viewer: Viewer, conversationId: string): Promise<boolean> {
  return (await db.maybe(
    `select 1 from conversation co where co.id = $1 and co.folded_into_id is null and ${mayListSql(viewer, 'co.id', '$2::uuid')}`,
    [conversationId, viewer.staffId])) !== undefined
}

export async function maySeeCustomer(db: Pick<Tx, 'maybe'>, viewer: Viewer, customerId: string): Promise<boolean> {
  return (await db.maybe(
    `select 1 from conversation co where co.customer_id = $1 and co.folded_into_id is null and ${mayListSql(viewer, 'co.id', '$2::uuid')}`,
    [customerId, viewer.staffId])) !== undefined
}

/** The teams a member of staff is in: whose lists they get, and whose restricted contacts they may read. */
export async function teamIdsOf(db: Pick<Tx, 'query'>, staffId: string): Promise<string[]> {
  return (await db.query<{ teamId: string }>('select team_id as "teamId" from team_member where agent_id = $1 order by team_id', [staffId])).map((row) => row.teamId)
}

/** The teams whose lists the viewer gets: all of them, or their own. */
export async function visibleTeamIds(db: Pick<Tx, 'query'>, viewer: Viewer): Promise<string[]> {
  if (!seesEverybody(viewer)) return teamIdsOf(db, viewer.staffId)
  return (await db.query<{ id: string }>('select id from team where retired_at is null order by id')).map((row) => row.id)
}

const agentsMax = 200

/** Agents, supervisors apart, who may see both customers. */
export async function agentsWhoMaySeeBoth(db: Pick<Tx, 'query'>, aId: string, bId: string): Promise<string[]> {
  const sees = (customer: string) => `exists (select 1 from conversation co where co.customer_id = ${customer} and ${agentSeesSql('co.id', 'ag.id')})`
  const rows = await db.query<{ id: string }>(
    `select ag.id from agent ag where ag.role = 'agent' and ag.retired_at is null and ${sees('$1')} and ${sees('$2')} order by ag.id limit ${agentsMax}`, [aId, bId])
  return rows.map((row) => row.id)
}

/** Refuses with 404 a contact the viewer may not see: a grey line is read and worked on by nobody outside. */
export async function requireContact(db: Pick<Tx, 'maybe'>, viewer: Viewer, contactId: string): Promise<void> {
  const isSeen = await db.maybe(
    `select 1 from contact c join conversation co on co.id = c.conversation_id and co.folded_into_id is null
     where c.id = $1 and ${mayListSql(viewer, 'co.id', '$2::uuid')} and not (${seesEverybody(viewer) ? 'false' : hiddenContactSql('c.id', '$2::uuid')})`, [contactId, viewer.staffId])
  if (!isSeen) throw notFound()
}

/** Whether the contact is of a restricted queue whose contacts this member of staff may not read, although they may see the conversation. */
export async function isContactHidden(db: Pick<Tx, 'maybe'>, contactId: string, staffId: string): Promise<boolean> {
  return (await db.maybe(`select 1 from agent where id = $2 and role = 'agent' and ${hiddenContactSql('$1::uuid', '$2::uuid')}`, [contactId, staffId])) !== undefined
}

/** Whether the viewer may see whoever this customer is part of now. */
export async function seesStandingCustomer(db: Pick<Tx, 'maybe'>, viewer: Viewer, customerId: string): Promise<boolean> {
  const standing = await standingCustomerId(db, customerId)
  return standing !== null && maySeeCustomer(db, viewer, standing)
}

/** Which agents may see each of these conversations: taken before and after a merge, it tells who lost sight of what. */
export async function agentsWhoSee(db: Pick<Tx, 'query'>, conversationIds: readonly string[]): Promise<Map<string, Set<string>>> {
  const rows = await db.query<{ conversationId: string; agentId: string }>(
    `select co.id as "conversationId", ag.id as "agentId" from conversation co cross join agent ag
     where co.id = any($1::uuid[]) and co.folded_into_id is null and ag.role = 'agent' and ag.retired_at is null and ${agentSeesSql('co.id', 'ag.id')}`, [conversationIds])
  const agents = new Map(conversationIds.map((id) => [id, new Set<string>()]))
  for (const row of rows) agents.get(row.conversationId)?.add(row.agentId)
  return agents
}
