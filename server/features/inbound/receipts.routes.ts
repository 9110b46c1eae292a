import { Receipt, ReceiptPage, ReceiptRaw, receiptsQuery } from '#contract/api/receipts.ts'
import { idParams } from '#contract/api/common.ts'
import type * as z from 'zod'
import type { Context } from '../../context.ts'
import { notFound, refusal } from '../../platform/errors.ts'
import { defineRoute, readCursor, signCursor, type Route } from '../../platform/http.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { receiveInbound, type InboundContext } from './inbound.usecases.ts'

const tag = 'quarantine'
const rawMax = 20_000
const scopeOf = (state: string): string => `receipts:${state}`

/** Quarantine: raw inbound nobody could handle, kept with its reason; an administrator reads it and lets it be tried again. */
export function receiptRoutes(context: InboundContext & Pick<Context, 'config'>): Route[] {
  const { db, config } = context
  return [
    defineRoute({ method: 'GET', path: '/api/v1/receipts', summary: 'Raw inbound by state', tag, roles: ['admin'], query: receiptsQuery, response: ReceiptPage }, async ({ query }) => {
      const after = query.cursor === undefined ? null : String(readCursor(config.sessionSecret, scopeOf(query.state), query.cursor)[0])
      const rows = await db.query<Omit<z.output<typeof Receipt>, 'receivedAt'> & { receivedAt: Date }>(
        `select id, channel, account_id as "accountId", external_id as "externalId", kind, received_at as "receivedAt", state, reason, attempts, octet_length(body) as "sizeBytes"
         from receipt where state = $1 and ($2::uuid is null or id < $2::uuid) order by id desc limit $3`, [query.state, after, query.limit + 1])
      const items = rows.slice(0, query.limit).map((row) => ({ ...row, receivedAt: row.receivedAt.toISOString() }))
      return { items, nextCursor: rows.length > query.limit ? signCursor(config.sessionSecret, scopeOf(query.state), [items.at(-1)!.id]) : null }
    }),
    defineRoute({ method: 'GET', path: '/api/v1/receipts/:id/raw', summary: 'What arrived, as it arrived', tag, roles: ['admin'], params: idParams, response: ReceiptRaw }, async ({ params, staff }) => {
      const row = await db.maybe<{ body: Buffer }>('select body from receipt where id = $1', [params.id])
      if (!row) throw notFound()
      await db.tx((tx) => recordAudit(tx, { actorId: staff.staffId, action: 'receipt.read', target: { kind: 'receipt', id: params.id }, at: context.clock.now() }))
      const text = row.body.toString('utf8').replaceAll('\0', '�')
      return { text: text.slice(0, rawMax), truncated: text.length > rawMax }
    }),
    defineRoute({ method: 'POST', path: '/api/v1/receipts/:id/replay', summary: 'Try a quarantined one again', tag, roles: ['admin'], params: idParams, response: Receipt }, async ({ params, staff }) => {
      const freed = await db.execute(`update receipt set state = 'failed', attempts = 0, next_attempt_at = $2 where id = $1 and state = 'quarantined'`, [params.id, context.clock.now()])
      if (freed === 0) throw refusal('receipt.not-quarantined', 409, 'Only what is in quarantine can be tried again.')
      await db.tx((tx) => recordAudit(tx, { actorId: staff.staffId, action: 'receipt.replayed', target: { kind: 'receipt', id: params.id }, at: context.clock.now() }))
      await receiveInbound(context, params.id).catch(() => null) // the row tells what became of it
      const row = await db.one<Omit<z.output<typeof Receipt>, 'receivedAt'> & { receivedAt: Date }>(
        `select id, channel, account_id as "accountId", external_id as "externalId", kind, received_at as "receivedAt", state, reason, attempts, octet_length(body) as "sizeBytes" from receipt where id = $1`, [params.id])
      return { ...row, receivedAt: row.receivedAt.toISOString() }
    }),
  ]
}
