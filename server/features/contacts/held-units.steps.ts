/** What a contact costs its owner when a call or chat of it begins or ends. */
import type { Channel } from '#contract/words.ts'
import { unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'
import { unitsOfMemberSql } from '../queues/entries.steps.ts'

/**
 * What the contact costs its owner as it is now: the call they talk in or are rung for, else the chat that goes on, else what the
 * customer's messages cost. It is one person's matter, so its parts are not added up.
 */
export async function holdWhatGoesOn(tx: Tx, contactId: string): Promise<void> {
  const row = await tx.one<{ channel: Channel | null; units: Partial<Record<Channel, number>> }>(
    `select case when exists (select 1 from session s where s.contact_id = c.id and s.kind = 'call' and s.ended_at is null and s.agent_id = a.agent_id) then 'voice'
         when exists (select 1 from session s where s.contact_id = c.id and s.kind = 'chat' and s.ended_at is null) then 'webchat'
         else (select m.channel from message m where m.contact_id = c.id and m.direction = 'inbound' and m.channel not in ('voice', 'webchat') order by m.at desc limit 1) end as channel,
       ${unitsOfMemberSql('q', 'a.agent_id')} as units
     from contact c join queue q on q.id = c.queue_id left join assignment a on a.contact_id = c.id and a.released_at is null where c.id = $1`, [contactId])
  const cost = unitsFor(row.channel ?? 'sms', row.units)
  await tx.execute('update assignment set live_units = $2, deferred_units = $3, version = version + 1 where contact_id = $1 and released_at is null',
    [contactId, cost.kind === 'live' ? cost.units : 0, cost.kind === 'deferred' ? cost.units : 0])
}
