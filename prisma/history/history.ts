/**
 * Makes the month behind the company, in the background and story by story. Each story is one transaction with its mark of
 * progress in it: whenever the process ends, what is there is whole, and the next start goes on behind it.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '#server/context.ts'
import { addStep } from '#server/features/followups/followups.steps.ts'
import { dueUnmarked, markOverdue } from '#server/features/followups/followups.store.ts'
import { DatabaseUnavailable, type Statements, type Tx } from '#server/platform/db.ts'
import { loadCompany, type Company } from './company.ts'
import { learnFromHistory } from './learned.ts'
import { planHistory } from './plan.ts'
import { digestOf, play } from './play.ts'
import { shift, shiftNames, supervisor } from './shift.ts'
import { createStage, type Wake } from './stage.ts'
import type { Story } from './story.ts'

export interface MakeHistory {
  seed?: string
  /** About how many contacts. */
  count?: number
  /** When it ends; what was begun keeps its own. */
  now?: Date
  /** Share of the time left to the hub's live work. */
  restShare?: number
  signal?: AbortSignal
}

/** The value of the setting: how far the history is. */
export interface HistoryProgress {
  endsAt: string
  plan: string
  done: number
  total: number
  skipped: number
  finishedAt: string | null
}

export const progressKey = 'history'
const usualSeed = 'hillside'
const usualCount = 490

/** Goes on until all is made. Returns the progress; null when the company is not the one the stories are about. */
export async function makeHistory(context: Context, options: MakeHistory = {}): Promise<HistoryProgress | null> {
  const { seed = usualSeed, count = usualCount, restShare = 0.2, signal } = options
  const company = await loadCompany(context, { staff: [...shiftNames, supervisor], queues: Object.keys(shift) })
  if (!company) return null
  const begun = await loadProgress(context)
  const endsAt = new Date(begun?.endsAt ?? options.now ?? context.clock.now())
  const stories = planHistory({ seed, now: endsAt, count })
  const plan = digestOf(stories)
  // Another version made the beginning: its rows are whole, and the rest would not fit to them.
  if (begun && (begun.plan !== plan || begun.finishedAt)) return begun
  let progress: HistoryProgress = begun ?? { endsAt: endsAt.toISOString(), plan, done: 0, total: stories.length, skipped: 0, finishedAt: null }
  if (!begun) await context.db.execute('insert into setting (key, value, updated_at) values ($1, $2, now()) on conflict do nothing', [progressKey, JSON.stringify(progress)])
  const startedAt = performance.now()
  for (const story of stories.slice(progress.done)) {
    if (signal?.aborted) return progress
    const storyAt = performance.now()
    const told = await tell(context, company, story, progress)
    if (!told) return progress
    progress = told
    if (progress.done % 50 === 0 || progress.finishedAt) context.logger.info({ event: 'history.progress', done: progress.done, total: progress.total, skipped: progress.skipped, ms: Math.round(performance.now() - startedAt) }, 'the history is being made')
    await nextTurn()
    if (restShare > 0) await sleep((performance.now() - storyAt) * restShare)
  }
  return progress
}

export async function loadProgress(context: Pick<Context, 'db'>): Promise<HistoryProgress | null> {
  return (await context.db.maybe<{ value: HistoryProgress }>('select value from setting where key = $1', [progressKey]))?.value ?? null
}

/** One story and its mark. One that cannot be told is left out, and the mark says so. Null: another process tells it. */
async function tell(context: Context, company: Company, story: Story, progress: HistoryProgress): Promise<HistoryProgress | null> {
  const done = progress.done + 1
  const next: HistoryProgress = { ...progress, done, finishedAt: done === progress.total ? context.clock.now().toISOString() : null }
  let left: Wake[] = []
  try {
    const isMine = await context.db.tx(async (tx) => {
      const held = await tx.one<{ done: number; plan: string }>(`select (value->>'done')::int as done, value->>'plan' as plan from setting where key = $1 for update`, [progressKey])
      if (held.done !== progress.done || held.plan !== progress.plan) return false
      const stage = createStage(context, tx, story.steps[0]?.at ?? new Date(progress.endsAt))
      await play(stage, company, story, `${progress.plan} ${done}`)
      left = stage.left()
      await finish(tx, story, new Date(progress.endsAt), next.finishedAt !== null)
      await mark(tx, next)
      return true
    })
    if (!isMine) return null
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error
    context.logger.error({ err: error, event: 'history.story-failed', story: done, kind: story.kind }, 'a story of the history could not be told')
    const without = { ...next, skipped: progress.skipped + 1 }
    await mark(context.db, without)
    return without
  }
  if (story.isOngoing) {
    context.relay.wake()
    context.jobs.wake('route', 'all')
    for (const { name, key, at } of left) context.jobs.wake(name, key, { at })
  }
  return next
}

/** Nobody is told of what is over: its events count as published, what was overdue is marked so, and what it would still do some day is called off. */
async function finish(tx: Tx, story: Story, endsAt: Date, isLast: boolean): Promise<void> {
  if (isLast) {
    await rebuildLoads(tx)
    await learnFromHistory(tx, endsAt)
  }
  if (story.isOngoing) return
  await tx.execute('update event set published_at = at where published_at is null and xmin = pg_current_xact_id()::xid')
  await tx.execute(`update survey_invitation set state = 'cancelled', reason = 'history', version = version + 1 where state = 'scheduled' and xmin = pg_current_xact_id()::xid`)
  for (const { id, dueAt } of await dueUnmarked(tx, endsAt, 100)) {
    await markOverdue(tx, id, endsAt)
    await addStep(tx, id, 'overdue', {}, null, dueAt)
  }
  const open = await tx.maybe<{ state: string }>(`select state from contact where state <> 'closed' and xmin = pg_current_xact_id()::xid limit 1`)
  if (open) throw new Error(`a story ends with a contact that is ${open.state}`)
}

async function mark(tx: Statements, progress: HistoryProgress): Promise<void> {
  await tx.execute('update setting set value = $2, updated_at = now() where key = $1', [progressKey, JSON.stringify(progress)])
}

/**
 * Stories are told one after the other though they happened side by side, so what an agent was doing when is put together at the
 * end from what they held: on a contact while anything was held, idle in between.
 */
async function rebuildLoads(tx: Tx): Promise<void> {
  await tx.execute('delete from load_interval where agent_id in (select id from agent where name = any($1))', [shiftNames])
  await tx.execute(
    `with held as (
       select agent_id, range_agg(tstzrange(accepted_at, greatest(ended_at, accepted_at + interval '1 second'))) as ranges from assignment
       where ended_at is not null and agent_id in (select id from agent where name = any($1)) group by agent_id
     ), spans as (
       select agent_id, 'on-contact' as load, unnest(ranges) as span from held
       union all
       select agent_id, 'idle', unnest(tstzmultirange(range_merge(ranges)) - ranges) from held
     )
     insert into load_interval (id, agent_id, load, started_at, ended_at) select gen_random_uuid(), agent_id, load, lower(span), upper(span) from spans`, [shiftNames])
  await tx.execute(
    `insert into load_interval (id, agent_id, load, started_at) select gen_random_uuid(), agent_id, 'on-contact', min(accepted_at) from assignment
     where ended_at is null and agent_id in (select id from agent where name = any($1)) group by agent_id`, [shiftNames])
  await tx.execute(
    `update agent_state s set load = case when l.holds_since is null then 'idle' else 'on-contact' end, load_since = coalesce(l.holds_since, l.at), idle_since = l.at, version = s.version + 1
     from (select agent_id, max(ended_at) as at, min(accepted_at) filter (where ended_at is null) as holds_since from assignment group by agent_id) l join agent a on a.id = l.agent_id
     where s.agent_id = l.agent_id and l.at is not null and a.name = any($1)`, [shiftNames])
}
