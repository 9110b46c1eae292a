/** What must hold of the database after every fault, in SQL (PROMISES I1–I5): the rows that break it, none when it holds. */
import { expect } from 'vitest'
import type { Tx } from '#server/platform/db.ts'

const broken: Record<string, string> = {
  'I1: a handled receipt of a message without exactly one message': `
    select r.external_id from receipt r where r.state = 'handled' and r.kind in ('message', 'mail', 'webchat') and r.message_id is not null
      and (select count(*) from message m where m.id = r.message_id) <> 1`,
  'I1: one inbound id, two messages': `
    select account_id, external_id, count(*) from message where direction = 'inbound' and external_id is not null group by 1, 2 having count(*) > 1`,
  'I1: a client id of a visitor twice': `
    select conversation_id, visitor_id, client_id from message where visitor_id is not null and client_id is not null group by 1, 2, 3 having count(*) > 1`,
  'I2: an outbound message without an outbound row': `
    select m.id from message m where m.direction = 'outbound' and m.channel <> 'webchat' and m.kind <> 'call' and not exists (select 1 from outbound o where o.message_id = m.id)`,
  'I2: one id of a provider for two outbound rows': `select account_id, external_id from outbound where external_id is not null group by 1, 2 having count(*) > 1`,
  'I3: seq with a gap or twice': `
    select conversation_id from message group by 1 having count(*) <> max(seq) or min(seq) <> 1 or count(distinct seq) <> count(*)`,
  'I3: a conversation that counts otherwise': `
    select co.id from conversation co where co.last_seq <> (select count(*) from message m where m.conversation_id = co.id)`,
  'I4: two owners of a contact': `select contact_id from assignment where released_at is null group by 1 having count(*) > 1`,
  'I4: the contact names another owner than its assignment': `
    select c.id from contact c left join assignment a on a.contact_id = c.id and a.released_at is null where c.owner_id is distinct from a.agent_id`,
  'I4: two open contacts in a conversation': `select conversation_id from contact where state <> 'closed' group by 1 having count(*) > 1`,
  'I4: a standing customer without exactly one conversation': `
    select cu.id from customer cu where cu.merged_into_id is null and (select count(*) from conversation co where co.customer_id = cu.id and co.folded_into_id is null) <> 1`,
  'I4: two open offers of a contact': `select contact_id from offer where ended_at is null group by 1 having count(*) > 1`,
  'I5: an agent over capacity, though nobody overrode': `
    select a.id from agent a cross join lateral (
      select coalesce(sum(live), 0) as live, coalesce(sum(deferred), 0) as deferred from (
        select live_units as live, deferred_units as deferred from assignment where agent_id = a.id and ended_at is null
        union all select live_units, deferred_units from offer where agent_id = a.id and ended_at is null) h) u
    where (u.live > a.live_units or u.deferred > a.deferred_units) and not exists (select 1 from assignment o where o.agent_id = a.id and o.override and o.ended_at is null)`,
  'I6: a clock that fired twice or early': `select id from sla_clock where breached_at < due_at or (warned_at is not null) <> (warned_share is not null) and intervals <> '[]'`,
  'R8: a room with a gap': `select room from room_event group by 1 having count(*) <> max(seq) or min(seq) <> 1`,
  'R8: a room that counts otherwise': `select r.name from room r where r.seq <> (select count(*) from room_event e where e.room = r.name)`,
}

export async function expectInvariants(db: Pick<Tx, 'query'>): Promise<void> {
  for (const [what, sql] of Object.entries(broken)) expect(await db.query(sql), what).toEqual([])
}
