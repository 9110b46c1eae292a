/** What a contact costs its owner when a call or chat of it begins or ends. */
import type { Channel } from '#contract/words.ts'
import { unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'
import { unitsOfMemberSql } from '../queues/entries.steps.ts'

/**
 * What the contact costs its owner as it is now: the call they talk in or are rung for, else the chat that goes on, else what the
 * customer's messages cost. It is one person's matter, so its parts are not added up. Messages that are left when a call or chat
 * ends stay where they are: over the agent's limit that is kept as such, and nothing more is offered.
 */
export async function holdWhatGoesOn(tx: Tx, contactId: string): Promise<void> {
  const row = await tx.one<{ channel: Channel | null; units: Partial<Record<Channel, number>> }>(
    `select case when exists (select 1 from session s where s.contact_id = c.id and s.kind = 'call' and s.ended_at is null and s.agent_id = a.agent_id) then 'voice'
         when exists (select 1 from session s where s.contact_id = c.id and s.kind = 'chat' and s.ended_at is null) then 'webchat'
         else (select m.channel from message m where m.contact_id = c.id and m.direction = 'inbound' and m.channel not in ('voice', 'webchat') order by m.at desc limit 1) end as channel,
       ${unitsOfMemberSql('q', 'a.agent_id')} as units
     from contact c join queue q on q.id = c.queue_id left join assignment a on a.contact_id = c.id and a.released_at is null where c.id = $1`, [contactId])
  const cost = unitsFor(row.channel ?? 'sms', row.units)
  await tx.query('select 1 from agent_state where agent_id = (select agent_id from assignment where contact_id = $1 and released_at is null) for update', [contactId])
  await tx.execute(
    `update assignment a set live_units = $2::int, deferred_units = $3::int, version = a.version + 1, override = a.override or (
       select sum(h.live_units) + $2::int > g.live_units or sum(h.deferred_units) + $3::int > g.deferred_units from agent g cross join lateral (
         select live_units, deferred_units from assignment where agent_id = g.id and ended_at is null and id <> a.id
         union all select live_units, deferred_units from offer where agent_id = g.id and ended_at is null
         union all select 0, 0) h
       where g.id = a.agent_id group by g.id)
     where contact_id = $1 and released_at is null`,
    [contactId, cost.kind === 'live' ? cost.units : 0, cost.kind === 'deferred' ? cost.units : 0])
}
