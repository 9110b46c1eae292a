import * as z from 'zod'
import { receiptStates } from '../words.ts'
import { Channel, Id, Instant, listQuery, pageOf } from './common.ts'

/** Raw inbound as an administrator sees it: what could not be handled, why, and another try. */
export const receiptsQuery = z.strictObject({ ...listQuery.shape, state: z.enum(receiptStates).default('quarantined') })
export const Receipt = z.strictObject({
  id: Id, channel: Channel, accountId: Id.nullable(), externalId: z.string(), kind: z.string(), receivedAt: Instant, state: z.enum(receiptStates), reason: z.string().nullable(), attempts: z.int(), sizeBytes: z.int(),
}).meta({ id: 'Receipt' })
export const ReceiptPage = pageOf(Receipt)
export const ReceiptRaw = z.strictObject({ text: z.string(), truncated: z.boolean() })
