import type { Db } from './db.ts'
import type { IdempotencyStore } from './http-idempotency.ts'

/** A claim nobody completed (the process died) may be taken over after this. */
const leaseMs = 60_000

type Row = { route: string; bodyHash: string; status: number | null; response: unknown }

/** Keys in the table `idempotency_key`; each statement commits by itself, so that others see a claim at once. */
export function postgresIdempotency(db: Db): IdempotencyStore {
  return {
    async claim({ key, staffId, route, bodyHash, at }) {
      const claimed = await db.execute(
        `insert into idempotency_key (staff_id, key, route, body_hash, created_at) values ($1, $2, $3, $4, $5)
         on conflict (staff_id, key) do update set route = excluded.route, body_hash = excluded.body_hash, created_at = excluded.created_at
         where idempotency_key.status is null and idempotency_key.created_at < $6`,
        [staffId, key, route, bodyHash, at, new Date(at.getTime() - leaseMs)],
      )
      if (claimed > 0) return 'claimed'
      const row = await db.maybe<Row>('select route, body_hash as "bodyHash", status, response from idempotency_key where staff_id = $1 and key = $2', [staffId, key])
      if (row === undefined || row.status === null) return 'in-flight'
      return { route: row.route, bodyHash: row.bodyHash, status: row.status, response: row.response }
    },
    async complete({ key, staffId }, { status, response }) {
      await db.execute('update idempotency_key set status = $3, response = $4 where staff_id = $1 and key = $2', [staffId, key, status, JSON.stringify(response)])
    },
    async release({ key, staffId }) {
      await db.execute('delete from idempotency_key where staff_id = $1 and key = $2 and status is null', [staffId, key])
    },
  }
}

/** Forgets keys of more than a day ago; for the sweeper. */
export async function forgetIdempotencyKeys(db: Pick<Db, 'execute'>, now: Date): Promise<number> {
  return db.execute('delete from idempotency_key where ctid in (select ctid from idempotency_key where created_at < $1 limit 1000)', [new Date(now.getTime() - 86_400_000)])
}
