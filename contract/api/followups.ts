import * as z from 'zod'
import { followUpSteps, rechecks } from '../words.ts'
import { Id, Instant, listQuery, pageOf } from './common.ts'

/** Tasks that outlive their contact: what was promised or went wrong, with owner, department and due time. */

export const followUpKinds = ['complaint', 'low-answer', 'late', 'call-back', 'at-risk', 'parked', 'other'] as const
export type FollowUpKind = (typeof followUpKinds)[number]
export const followUpViews = ['mine', 'due', 'unowned', 'all'] as const

const followUp = {
  id: Id, customerId: Id, customerLabel: z.string(), conversationId: Id, contactId: Id.nullable(), kind: z.enum(followUpKinds), title: z.string(), ownerId: Id.nullable(), departmentId: Id.nullable(),
  causeId: Id.nullable(), dueAt: Instant,
  /** When it became overdue, for good. */
  overdueAt: Instant.nullable(),
  state: z.enum(['open', 'closed']), remedy: z.string().nullable(), handledAt: Instant.nullable(),
  /** The check with the customer: not asked, asked, what came of it, or asked by a person. */
  recheck: z.enum(rechecks), recheckScore: z.int().nullable(), recheckedAt: Instant.nullable(), closedAt: Instant.nullable(), createdAt: Instant, version: z.int(),
  /** What opened it: the score of a low answer, the promise that was missed and by how much. */
  source: z.record(z.string(), z.union([z.string(), z.number()])),
}
export const FollowUp = z.strictObject(followUp).meta({ id: 'FollowUp' })
export type FollowUp = z.infer<typeof FollowUp>
export const FollowUpPage = pageOf(FollowUp)

/** One with what happened to it, in order: recorded, handled, checked again, fed back. */
export const FollowUpDetail = z.strictObject({
  ...followUp,
  steps: z.array(z.strictObject({ id: Id, step: z.enum(followUpSteps), actorId: Id.nullable(), facts: z.record(z.string(), z.union([z.string(), z.number(), z.null()])), at: Instant })),
}).meta({ id: 'FollowUpDetail' })
export type FollowUpDetail = z.infer<typeof FollowUpDetail>

/** `mine`: those one owns; `due`: past their time; `unowned`: nobody has them. Open ones come by their due time, closed ones the last closed first. */
export const followUpsQuery = z.strictObject({ ...listQuery.shape, view: z.enum(followUpViews).default('all'), state: z.enum(['open', 'closed']).default('open'), customerId: Id.optional(), contactId: Id.optional(), departmentId: Id.optional(), ownerId: Id.optional(), kind: z.enum(followUpKinds).optional() })

export const followUpCreate = z.strictObject({
  customerId: Id, contactId: Id.nullable().default(null), kind: z.enum(['complaint', 'call-back', 'at-risk', 'other']).default('other'), title: z.string().trim().min(1).max(200), ownerId: Id.nullable().default(null), dueAt: Instant,
})

/**
 * Taking one is `ownerId` with one's own id; `remedy` says that it was handled, and how. Closing it is `state` with the remedy, the
 * cause and the department (where the company keeps lists of them) and, for what a customer suffered, a check with them: sent by
 * `POST /follow-ups/:id/recheck`, or `isRechecked`: a person asked whether it is good now.
 */
export const followUpChange = z.strictObject({
  ownerId: Id.nullable(), departmentId: Id.nullable(), causeId: Id.nullable(), dueAt: Instant, title: z.string().trim().min(1).max(200), remedy: z.string().trim().max(2000), isRechecked: z.boolean(), state: z.literal('closed'),
}).partial()
export type FollowUpChange = z.infer<typeof followUpChange>

/** `dueMs`: the time a department has from when something is handed to it. */
export const Department = z.strictObject({ id: Id, name: z.string(), dueMs: z.int(), retiredAt: Instant.nullable() }).meta({ id: 'Department' })
export type Department = z.infer<typeof Department>
export const Cause = z.strictObject({ id: Id, name: z.string(), departmentId: Id.nullable(), retiredAt: Instant.nullable() }).meta({ id: 'Cause' })
export type Cause = z.infer<typeof Cause>
export const DepartmentList = z.strictObject({ items: z.array(Department), nextCursor: z.null() })
export const CauseList = z.strictObject({ items: z.array(Cause), nextCursor: z.null() })
/** `dueMs`: from when something is recorded, or found not put right, to when it must be handled; a department it is handed to has its own. `recheckMs`: how long a customer has to answer the check. */
export const FollowUpRules = z.strictObject({ dueMs: z.int(), recheckMs: z.int() }).meta({ id: 'FollowUpRules' })
export type FollowUpRules = z.infer<typeof FollowUpRules>
export const followUpRulesChange = z.strictObject({ dueMs: z.int().min(60_000).max(90 * 86_400_000), recheckMs: z.int().min(3_600_000).max(30 * 86_400_000) }).partial()
const name = z.string().trim().min(1).max(100)
const dueMs = z.int().min(60_000).max(90 * 86_400_000)
export const departmentCreate = z.strictObject({ name, dueMs: dueMs.default(86_400_000) })
export const departmentChange = z.strictObject({ name, dueMs, isRetired: z.boolean() }).partial()
export const causeCreate = z.strictObject({ name, departmentId: Id.nullable().default(null) })
export const causeChange = z.strictObject({ name, departmentId: Id.nullable(), isRetired: z.boolean() }).partial()
