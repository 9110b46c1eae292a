import * as z from 'zod'
import { customerStages, identityKinds, valueClasses } from '../words.ts'
import { Id, Instant, listQuery, pageOf } from './common.ts'

/** Value and stage of customers: given from outside, worked out here, with the reasons. */

export const StageReason = z.strictObject({ code: z.string(), facts: z.record(z.string(), z.number()) })
export const Standing = z.strictObject({
  customerId: Id, customerLabel: z.string(), conversationId: Id, stage: z.enum(customerStages), since: Instant, reasons: z.array(StageReason), valueClass: z.enum(valueClasses).nullable(),
  value: z.number().nullable(), orders: z.int().nullable(), lastOrderAt: Instant.nullable(), frequency: z.int(), lastActiveAt: Instant.nullable(), computedAt: Instant,
  /** An open follow-up by which somebody works on it. */
  followUpId: Id.nullable(),
}).meta({ id: 'Standing' })
export type Standing = z.infer<typeof Standing>
export const StandingPage = pageOf(Standing)
export const standingsQuery = z.strictObject({ ...listQuery.shape, stage: z.enum(customerStages).optional(), valueClass: z.enum(valueClasses).optional(), isWorkedOn: z.enum(['true', 'false']).optional(), customerId: Id.optional() })

const given = { value: z.number().min(0).max(1e12).nullable(), orders: z.int().min(0).max(1_000_000).nullable(), lastOrderAt: Instant.nullable() }
export const valueChange = z.strictObject(given).partial()
/** Each row names its customer by id or by an address of theirs; rows that name nobody are told and change nothing. */
export const valueImport = z.strictObject({
  items: z.array(z.strictObject({ customerId: Id.optional(), identity: z.strictObject({ kind: z.enum(identityKinds), realm: z.string().max(200).default(''), value: z.string().min(1).max(320) }).optional(), ...z.strictObject(given).partial().shape })).min(1).max(1000),
})
export const ValueImported = z.strictObject({ changed: z.int(), unknown: z.array(z.int()) })
