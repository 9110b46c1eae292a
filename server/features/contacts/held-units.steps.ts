/** What a contact costs its owner after its live session has ended. */
import type { Channel } from '#contract/words.ts'
import { unitsFor } from '../../domain/units.ts'
import type { Tx } from '../../platform/db.ts'
import { unitsOfMemberSql } from '../queues/entries.steps.ts'

/** The contact goes on without its call or chat: it costs what the customer's messages cost, of a chat only while that goes on. */
export async function holdForMessages(tx: Tx, contactId: string): Promise<void> {
  const row = await tx.one<{ channel: Channel | null; units: Partial<Record<Channel, number>> }>(
    `select (select m.channel from message m where m.contact_id = c.id and m.direction = 'inbound' and m.channel <> 'voice'
         and (m.channel <> 'webchat' or exists (select 1 from session s where s.contact_id = c.id and s.kind = 'chat' and s.ended_at is null)) order by m.at desc limit 1) as channel, ${unitsOfMemberSql('q', 'a.agent_id')} as units
     from contact c join queue q on q.id = c.queue_id left join assignment a on a.contact_id = c.id and a.released_at is null where c.id = $1`, [contactId])
  const cost = unitsFor(row.channel ?? 'sms', row.units)
  await tx.execute('update assignment set live_units = $2, deferred_units = $3, version = version + 1 where contact_id = $1 and released_at is null',
    [contactId, cost.kind === 'live' ? cost.units : 0, cost.kind === 'deferred' ? cost.units : 0])
}
