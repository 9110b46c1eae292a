/** Contacts with one running clock each, written as rows: as many as a company has in years, in a second. */
import type pg from 'pg'

/** One contact and clock for each due time, in the first queue that has a policy. */
export async function makeClocks(db: pg.Client, dueAts: readonly Date[]): Promise<void> {
  const { rows } = await db.query<{ queue: string; policy: string; team: string }>('select q.id as queue, q.sla_policy_id as policy, q.team_id as team from queue q where q.sla_policy_id is not null limit 1')
  const [into] = rows
  if (!into) throw new Error('no queue has a policy')
  await db.query('create temporary table made (n int, due_at timestamptz, customer uuid, conversation uuid, contact uuid)')
  await db.query('insert into made select n, due_at, gen_random_uuid(), gen_random_uuid(), gen_random_uuid() from unnest($1::timestamptz[]) with ordinality as d(due_at, n)', [dueAts])
  await db.query(`insert into customer (id, name, created_at) select customer, 'Somebody ' || n, now() from made`)
  await db.query('insert into conversation (id, customer_id, created_at) select conversation, customer, now() from made')
  await db.query('insert into conversation_team (conversation_id, team_id) select conversation, $1::uuid from made', [into.team])
  await db.query(`insert into contact (id, conversation_id, queue_id, state, channel, opened_at, updated_at) select contact, conversation, $1::uuid, 'active', 'email', now(), now() from made`, [into.queue])
  await db.query(
    `insert into sla_clock (id, contact_id, conversation_id, kind, policy_id, queue_id, channel, target_ms, warn_shares, state, started_at, intervals, due_at)
     select gen_random_uuid(), contact, conversation, 'resolution', $1::uuid, $2::uuid, 'email', 60000, '{}', 'running', due_at - interval '1 minute',
       jsonb_build_array(jsonb_build_object('does', 'run', 'from', due_at - interval '1 minute', 'to', null, 'workedMs', null, 'because', 'opened', 'until', null, 'hours', null)), due_at from made`, [into.policy, into.queue])
  await db.query('drop table made')
  await db.query('analyze customer, conversation, contact, sla_clock')
}
