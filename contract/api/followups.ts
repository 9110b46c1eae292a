import * as z from 'zod'
import { Id, Instant, listQuery, pageOf } from './common.ts'

/** Tasks that outlive their contact: what was promised or went wrong, with owner, department and due time. */

export const followUpKinds = ['complaint', 'low-answer', 'call-back', 'parked', 'other'] as const
export type FollowUpKind = (typeof followUpKinds)[number]
export const followUpViews = ['mine', 'due', 'all'] as const

export const FollowUp = z.strictObject({
  id: Id, customerId: Id, customerLabel: z.string(), conversationId: Id, contactId: Id.nullable(), kind: z.enum(followUpKinds), title: z.string(), ownerId: Id.nullable(), departmentId: Id.nullable(),
  causeId: Id.nullable(), dueAt: Instant, state: z.enum(['open', 'closed']), remedy: z.string().nullable(), recheckedAt: Instant.nullable(), closedAt: Instant.nullable(), createdAt: Instant, version: z.int(),
}).meta({ id: 'FollowUp' })
export type FollowUp = z.infer<typeof FollowUp>
export const FollowUpPage = pageOf(FollowUp)

/** `mine`: those one owns; `due`: open and past their time. */
export const followUpsQuery = z.strictObject({ ...listQuery.shape, view: z.enum(followUpViews).default('all'), state: z.enum(['open', 'closed']).default('open'), customerId: Id.optional(), contactId: Id.optional() })

export const followUpCreate = z.strictObject({
  customerId: Id, contactId: Id.nullable().default(null), kind: z.enum(['complaint', 'call-back', 'other']).default('other'), title: z.string().trim().min(1).max(200), ownerId: Id.nullable().default(null), dueAt: Instant,
})

/**
 * Taking one is `ownerId` with one's own id; closing it is `state` with the remedy, the cause (where the company keeps a list of
 * them) and, for a complaint or a low answer, `isRechecked`: the customer was asked whether it is good now.
 */
export const followUpChange = z.strictObject({
  ownerId: Id.nullable(), departmentId: Id.nullable(), causeId: Id.nullable(), dueAt: Instant, title: z.string().trim().min(1).max(200), remedy: z.string().trim().max(2000), isRechecked: z.boolean(), state: z.literal('closed'),
}).partial()
export type FollowUpChange = z.infer<typeof followUpChange>

export const Department = z.strictObject({ id: Id, name: z.string() }).meta({ id: 'Department' })
export const Cause = z.strictObject({ id: Id, name: z.string(), departmentId: Id.nullable() }).meta({ id: 'Cause' })
export const DepartmentList = z.strictObject({ items: z.array(Department), nextCursor: z.null() })
export const CauseList = z.strictObject({ items: z.array(Cause), nextCursor: z.null() })
const name = z.string().trim().min(1).max(100)
export const departmentCreate = z.strictObject({ name })
export const causeCreate = z.strictObject({ name, departmentId: Id.nullable().default(null) })
