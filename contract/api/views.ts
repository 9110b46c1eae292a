import * as z from 'zod'
import * as words from '../words.ts'
import type * as views from '../views.ts'
import { Channel, Id, Instant, Role } from './common.ts'

/** The views of `contract/views.ts` as schemas. Each is checked against its type below, so the two cannot drift apart. */

const instantOrNull = Instant.nullable()

export const Sla = z.strictObject({ kind: z.enum(words.slaTargetKinds), startedAt: Instant, dueAt: instantOrNull, warnedAt: instantOrNull, breachedAt: instantOrNull }).meta({ id: 'SlaState' })

export const Contact = z.strictObject({
  id: Id, conversationId: Id, customerId: Id, customerLabel: z.string(), customerTier: z.enum(words.customerTiers), queueId: Id, state: z.enum(words.contactStates),
  outcome: z.enum(words.contactOutcomes).nullable(), ownerId: Id.nullable(), wrapUpBy: Id.nullable(), channel: Channel, demands: z.array(z.enum(words.demands)), direction: z.enum(['inbound', 'outbound']),
  priority: z.int(), urgent: z.boolean(), skills: z.array(z.strictObject({ skillId: Id, level: z.int() })), consultantIds: z.array(Id), subject: z.string().nullable(), snippet: z.string().nullable(), unverified: z.boolean(), complaint: z.boolean(), dispositionId: Id.nullable(), openedAt: Instant,
  workableAt: instantOrNull, waitingSince: instantOrNull, waitReason: z.string().nullable(), acceptedAt: instantOrNull, lastInboundAt: instantOrNull, lastMessageAt: instantOrNull,
  pendingUntil: instantOrNull, snoozedUntil: instantOrNull, wrapUpUntil: instantOrNull, promisedAt: instantOrNull, closedAt: instantOrNull, unanswered: z.boolean(), sla: z.array(Sla), version: z.int(),
}).meta({ id: 'Contact' })

export const Attachment = z.strictObject({
  id: Id, name: z.string(), contentType: z.string(), sizeBytes: z.int(), state: z.enum(['stored', 'fetching', 'failed', 'refused', 'deleted']), stateReason: z.string().nullable(), inline: z.boolean(),
}).meta({ id: 'Attachment' })

export const CallFacts = z.strictObject({
  sessionId: Id, state: z.enum(words.sessionStates), startedAt: Instant, bridgedAt: instantOrNull, endedAt: instantOrNull, waitMs: z.number().nullable(), talkMs: z.number().nullable(),
  endReason: z.string().nullable(), attestation: z.string().nullable(),
}).meta({ id: 'CallFacts' })

export const SystemFact = z.strictObject({ code: z.string(), facts: z.record(z.string(), z.union([z.string(), z.number(), z.null()])) }).meta({ id: 'SystemFact' })

export const Message = z.strictObject({
  id: Id, conversationId: Id, contactId: Id.nullable(), seq: z.int(), at: Instant, sentAt: instantOrNull, kind: z.enum(words.messageKinds), channel: Channel, direction: z.enum(words.directions),
  author: z.strictObject({ kind: z.enum(['customer', 'agent', 'system']), id: Id.nullable(), name: z.string() }), address: z.string().nullable(), identityId: Id.nullable(), unverified: z.boolean(),
  subject: z.string().nullable(), text: z.string(), hasHtml: z.boolean(), status: z.enum(words.messageStatuses), statusReason: z.string().nullable(), attachments: z.array(Attachment),
  call: CallFacts.nullable(), system: SystemFact.nullable(), threadId: Id.nullable(), clientId: z.string().nullable(), editedAt: instantOrNull, deletedAt: instantOrNull, restricted: z.boolean(), version: z.int(),
}).meta({ id: 'Message' })

export const Agent = z.strictObject({
  id: Id, name: z.string(), role: Role, presence: z.enum(words.presences), reason: z.enum(words.breakReasons).nullable(), since: Instant, draining: z.boolean(), load: z.enum(words.loads),
  liveUsed: z.int(), liveUnits: z.int(), deferredUsed: z.int(), deferredUnits: z.int(), contacts: z.int(), isHelping: z.boolean(), teamIds: z.array(Id), queueIds: z.array(Id), retired: z.boolean(), version: z.int(),
}).meta({ id: 'Agent' })

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
export const schemasMatchViews: [
  Same<z.infer<typeof Contact>, views.ContactView>, Same<z.infer<typeof Message>, views.MessageView>, Same<z.infer<typeof Agent>, views.AgentView>, Same<z.infer<typeof Attachment>, views.AttachmentView>,
] = [true, true, true, true]
