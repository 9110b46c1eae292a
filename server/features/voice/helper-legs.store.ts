import type { SessionState } from '#contract/words.ts'
import type { Tx } from '../../platform/db.ts'

/** The telephone of somebody who helps on a call. */
export interface HelperLeg {
  id: string
  /** The session of the call they help on. */
  callId: string
  commandId: string
  agentId: string
  externalId: string
  state: SessionState
  endedAt: Date | null
}

const columns = `s.id, s.data->>'callId' as "callId", s.data->>'commandId' as "commandId", s.agent_id as "agentId", s.external_id as "externalId", s.state, s.ended_at as "endedAt"`

/** Stands for the provider's id of a leg, until the provider has given one. */
export function rungId(commandId: string): string {
  return `consult:${commandId}`
}

export function isRungId(externalId: string): boolean {
  return externalId.startsWith('consult:')
}

export async function findHelperLeg(tx: Pick<Tx, 'maybe'>, id: string): Promise<HelperLeg | undefined> {
  return tx.maybe<HelperLeg>(`select ${columns} from session s where s.id = $1`, [id])
}

/** The leg a command of ours asked for, whether it goes on or not. */
export async function helperLegOfCommand(tx: Pick<Tx, 'maybe'>, commandId: string): Promise<HelperLeg | undefined> {
  return tx.maybe<HelperLeg>(
    `select ${columns} from outbound b join session s on s.id = (b.payload->>'legId')::uuid where b.id = $1 and b.kind = 'consult'`, [commandId])
}

/** The legs that ring or talk in the room of a call. */
export async function openHelperLegs(tx: Pick<Tx, 'query'>, callId: string): Promise<HelperLeg[]> {
  return tx.query<HelperLeg>(
    `select ${columns} from session s where s.kind = 'call' and s.state in ('connecting', 'bridged') and s.contact_id is null and s.ended_at is null and s.data->>'callId' = $1 order by s.started_at, s.id`, [callId])
}

/** Legs nobody has heard of for a while, of those the provider knows: their end may have been lost. */
export async function helperLegsToAskFor(tx: Pick<Tx, 'query'>, unseenSince: Date, limit: number): Promise<(HelperLeg & { accountId: string })[]> {
  return tx.query<HelperLeg & { accountId: string }>(
    `select ${columns}, s.account_id as "accountId" from session s where s.kind = 'call' and s.state in ('connecting', 'bridged') and s.contact_id is null and s.ended_at is null
       and s.external_id <> 'consult:' || (s.data->>'commandId') and s.last_seen_at < $1 order by s.last_seen_at limit $2`, [unseenSince, limit])
}

export async function updateHelperLeg(tx: Pick<Tx, 'execute'>, id: string, change: { externalId?: string; state?: 'bridged' | 'ended' }, now: Date): Promise<void> {
  await tx.execute(
    `update session set external_id = coalesce($2, external_id), state = coalesce($3, state), bridged_at = case when $3 = 'bridged' then $4 else bridged_at end,
       ended_at = case when $3 = 'ended' then $4 else ended_at end, last_seen_at = $4, version = version + 1 where id = $1`, [id, change.externalId ?? null, change.state ?? null, now])
}
