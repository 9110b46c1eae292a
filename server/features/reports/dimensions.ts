/** What satisfaction is measured in: product, service, contact, price, and the company's own. */
import type * as z from 'zod'
import type { Dimension, dimensionChange, dimensionCreate } from '#contract/api/analysis.ts'
import type { Context } from '../../context.ts'
import type { Tx } from '../../platform/db.ts'
import { notFound } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { nameTaken } from '../settings/settings.errors.ts'

type Row = Omit<Dimension, 'retiredAt'> & { retiredAt: Date | null }
type DimensionContext = Pick<Context, 'db' | 'clock'>

const select = 'select id, name, weight, position, retired_at as "retiredAt" from dimension'
const toDimension = (row: Row): Dimension => ({ ...row, retiredAt: row.retiredAt?.toISOString() ?? null })

export async function listDimensions(db: Pick<Tx, 'query'>): Promise<Dimension[]> {
  return (await db.query<Row>(`${select} order by retired_at is not null, position, id limit 500`)).map(toDimension)
}

export async function createDimension({ db, clock }: DimensionContext, staffId: string, made: z.output<typeof dimensionCreate>): Promise<Dimension> {
  const now = clock.now()
  const id = newId(now)
  return db.tx(async (tx) => {
    await assertNameFree(tx, made.name, null)
    await tx.execute('insert into dimension (id, name, weight, position) values ($1, $2, $3, $4)', [id, JSON.stringify(made.name), made.weight, made.position])
    await recordAudit(tx, { actorId: staffId, action: 'settings.created', target: { kind: 'dimensions', id }, at: now })
    return toDimension(await tx.one<Row>(`${select} where id = $1`, [id]))
  })
}

/** A retired one is asked no more where questions name it; what was answered stays. */
export async function changeDimension({ db, clock }: DimensionContext, staffId: string, id: string, to: z.output<typeof dimensionChange>): Promise<Dimension> {
  const now = clock.now()
  return db.tx(async (tx) => {
    if (to.name) await assertNameFree(tx, to.name, id)
    const changed = await tx.execute(
      `update dimension set name = coalesce($2, name), weight = coalesce($3, weight), position = coalesce($4, position), retired_at = case when $5::boolean is null then retired_at when $5 then coalesce(retired_at, $6) end where id = $1`,
      [id, to.name ? JSON.stringify(to.name) : null, to.weight ?? null, to.position ?? null, to.isRetired ?? null, now])
    if (changed === 0) throw notFound()
    await recordAudit(tx, { actorId: staffId, action: to.isRetired ? 'settings.retired' : 'settings.changed', target: { kind: 'dimensions', id }, at: now })
    return toDimension(await tx.one<Row>(`${select} where id = $1`, [id]))
  })
}

/** One name is one dimension, in either language: reports and surveys tell them apart by nothing else. Retired ones keep theirs. */
async function assertNameFree(tx: Tx, { en, zh }: Dimension['name'], exceptId: string | null): Promise<void> {
  if (await tx.maybe(`select 1 from dimension where (lower(name->>'en') = lower($1) or lower(name->>'zh') = lower($2)) and id is distinct from $3::uuid`, [en, zh, exceptId])) throw nameTaken()
}
