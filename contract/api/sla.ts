import * as z from 'zod'
import { customerTiers, slaClockStates, slaTargetKinds, notificationKinds } from '#contract/words.ts'
import { Channel, Id, Instant } from './common.ts'

// ── Policies ──

export const slaDaysMax = 90
const dayMs = 86_400_000

export const SlaTarget = z
  .strictObject({ kind: z.enum(slaTargetKinds), channel: Channel.nullable().meta({ description: 'null: every channel without a target of its own' }), targetMs: z.int().min(1000).max(slaDaysMax * dayMs) })
  .meta({ id: 'SlaTarget' })

/** What happens at a step, once for each clock. */
export const SlaAction = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('notify'), agentIds: z.array(Id).max(50), teamIds: z.array(Id).max(20), owner: z.boolean(), supervisors: z.boolean() }),
    z.strictObject({ kind: z.literal('raise-priority'), by: z.int().min(1).max(10) }),
    z.strictObject({ kind: z.literal('move-queue'), queueId: Id }),
    z.strictObject({ kind: z.literal('add-supervisor'), agentId: Id }),
    z.strictObject({ kind: z.literal('slack'), accountId: Id, channelId: z.string().regex(/^[CG][A-Z0-9]{1,30}$/).meta({ description: 'Slack’s id of the channel, as C024BE91L' }) }),
    z.strictObject({ kind: z.literal('webhook'), url: z.url({ protocol: /^https$/ }).max(500) }),
  ])
  .meta({ id: 'SlaAction' })
export type SlaAction = z.infer<typeof SlaAction>

export const SlaStep = z
  .strictObject({ share: z.number().min(0.05).max(1).meta({ description: 'Share of the target that has run; below 1 a warning, 1 the breach' }), actions: z.array(SlaAction).max(10) })
  .meta({ id: 'SlaStep' })
export type SlaStep = z.infer<typeof SlaStep>

/** An empty list means all; every condition must hold. */
export const SlaApplies = z
  .strictObject({
    queueIds: z.array(Id).max(100), tiers: z.array(z.enum(customerTiers)).max(customerTiers.length), channels: z.array(Channel).max(6), minPriority: z.int().min(0).max(100),
    calendarId: Id.nullable().meta({ description: 'Only for what begins while these hours are open' }),
  })
  .meta({ id: 'SlaApplies' })
export type SlaApplies = z.infer<typeof SlaApplies>

export const SlaPolicy = z
  .strictObject({
    id: Id, name: z.string(), targets: z.array(SlaTarget), calendarId: Id.nullable(), steps: z.array(SlaStep), applies: SlaApplies.nullable().meta({ description: 'null: only where a queue names it' }),
    position: z.int().meta({ description: 'Of policies that apply, the lowest is taken' }), retiredAt: Instant.nullable(), version: z.int(),
  })
  .meta({ id: 'SlaPolicy' })
export type SlaPolicy = z.infer<typeof SlaPolicy>

const policyFields = {
  name: z.string().trim().min(1).max(100), targets: z.array(SlaTarget).min(1).max(100), calendarId: Id.nullable(), steps: z.array(SlaStep).max(10),
  applies: SlaApplies.nullable(), position: z.int().min(0).max(1000),
}
export const slaPolicyCreate = z.strictObject({
  ...policyFields, calendarId: policyFields.calendarId.default(null), steps: policyFields.steps.default([{ share: 0.8, actions: [] }]), applies: policyFields.applies.default(null), position: policyFields.position.default(0),
})
export const slaPolicyChange = z.strictObject(policyFields).partial()

/** "A message now": what a policy would promise it. */
export const slaPreviewBody = z.strictObject({ targets: policyFields.targets, calendarId: Id.nullable(), steps: policyFields.steps, queueId: Id.nullable(), channel: Channel, at: Instant.optional() })
export const SlaPreview = z
  .strictObject({ at: Instant, isOpen: z.boolean(), clocks: z.array(z.strictObject({ kind: z.enum(slaTargetKinds), targetMs: z.int(), warnings: z.array(z.strictObject({ share: z.number(), at: Instant.nullable() })), dueAt: Instant.nullable() })) })
  .meta({ id: 'SlaPreview' })
export type SlaPreview = z.infer<typeof SlaPreview>

export const WebhookSecret = z.strictObject({ secret: z.string() }).meta({ id: 'WebhookSecret' })

// ── The ledger ──

const Stretch = z.strictObject({ from: Instant, to: Instant })
export const SlaInterval = z
  .strictObject({
    does: z.enum(['run', 'pause']), from: Instant, to: Instant.nullable(), workedMs: z.int(), because: z.string(), until: z.string().nullable(),
    hours: z.string().nullable().meta({ description: 'Name of the business hours it ran by; null: around the clock' }),
    closed: z.array(Stretch).max(200).meta({ description: 'Closed hours within it, in which nothing counts; the first 200' }),
  })
  .meta({ id: 'SlaInterval' })
export const SlaEscalation = z
  .strictObject({ share: z.number(), action: z.string(), state: z.enum(['pending', 'done', 'skipped', 'failed']), reason: z.string().nullable(), at: Instant, doneAt: Instant.nullable() })
  .meta({ id: 'SlaEscalation' })
export const SlaLedgerClock = z
  .strictObject({
    id: Id, kind: z.enum(slaTargetKinds), state: z.enum(slaClockStates), policy: z.string(), queueId: Id, channel: Channel, targetMs: z.int(), workedMs: z.int(), startedAt: Instant,
    dueAt: Instant.nullable(), warnedAt: Instant.nullable(), breachedAt: Instant.nullable(), endedAt: Instant.nullable(), lateMs: z.int().meta({ description: 'Time after the due time, calendar time; 0: in time' }),
    intervals: z.array(SlaInterval), escalations: z.array(SlaEscalation),
  })
  .meta({ id: 'SlaLedgerClock' })
export type SlaLedgerClock = z.infer<typeof SlaLedgerClock>
export const SlaLedger = z.strictObject({ at: Instant, clocks: z.array(SlaLedgerClock), watcherIds: z.array(Id) }).meta({ id: 'SlaLedger' })
export type SlaLedger = z.infer<typeof SlaLedger>

// ── What is next ──

export const slaNextQuery = z.strictObject({ queueId: Id, limit: z.coerce.number().int().min(1).max(100).default(20) })
export const slaAtRiskQuery = z.strictObject({ minutes: z.coerce.number().int().min(1).max(1440).default(15), queueId: Id.optional(), limit: z.coerce.number().int().min(1).max(100).default(50) })
export const SlaDue = z
  .strictObject({ clockId: Id, contactId: Id, conversationId: Id, customerId: Id, customerLabel: z.string(), queueId: Id, channel: Channel, kind: z.enum(slaTargetKinds), dueAt: Instant, warnedAt: Instant.nullable(), ownerId: Id.nullable() })
  .meta({ id: 'SlaDue' })
export type SlaDue = z.infer<typeof SlaDue>
export const SlaDueList = z.strictObject({ at: Instant, items: z.array(SlaDue), nextCursor: z.null() }).meta({ id: 'SlaDueList' })

// ── Notifications ──

export const Notification = z
  .strictObject({
    id: Id, kind: z.enum(notificationKinds), contactId: Id.nullable(), conversationId: Id.nullable(),
    customerLabel: z.string().nullable().meta({ description: 'Null where the reader does not have the customer in sight.' }),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.null()])), at: Instant, readAt: Instant.nullable(),
  })
  .meta({ id: 'Notification' })
export type Notification = z.infer<typeof Notification>
export const NotificationList = z.strictObject({ items: z.array(Notification).max(100), nextCursor: z.null(), unread: z.int() }).meta({ id: 'NotificationList' })
export type NotificationList = z.infer<typeof NotificationList>
