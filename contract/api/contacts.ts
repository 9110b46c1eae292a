import * as z from 'zod'
import type { ExpectedWait } from '../expected-wait.ts'
import { breakReasons, contactStates, presences } from '../words.ts'
import { Channel, Id, Instant, listQuery, pageOf } from './common.ts'
import { Attachment, Contact, Message } from './views.ts'

/** Contacts, conversations and what staff do with them. */

export const listNames = ['mine', 'waiting', 'all', 'closed'] as const
export const contactsQuery = z.strictObject({
  ...listQuery.shape,
  list: z.enum(listNames).optional(),
  customerId: Id.optional(),
  queueId: Id.optional(),
  state: z.enum(contactStates).optional(),
  ownerId: Id.optional(),
})
export const ContactPage = pageOf(Contact)

export const messagesQuery = z.strictObject({ before: Id.optional(), limit: z.coerce.number().int().min(1).max(100).default(50) })
export const MessageWindow = z.strictObject({ items: z.array(Message), hasEarlier: z.boolean() })

export const reachReasons = z.string().meta({ description: 'Why not, or how: a stable code worded on screen' })
export const ReachOption = z.strictObject({
  channel: Channel, identityId: Id, accountId: Id, address: z.string(), accountName: z.string(), reachable: z.boolean(), reason: reachReasons.nullable(), via: z.string().nullable(), until: Instant.nullable(),
  warnings: z.array(z.string()), isDefault: z.boolean(), readers: z.array(z.string()),
}).meta({ id: 'ReachOption' })
export const Reach = z.strictObject({ options: z.array(ReachOption) }).meta({ id: 'Reach' })

const text = z.string().max(60_000)
const clientId = z.string().min(8).max(64).regex(/^[\w-]+$/)
const attachmentIds = z.array(Id).max(20).default([])
export const messageCreate = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('note'), clientId, text, attachmentIds }),
  z.strictObject({ kind: z.literal('reply'), clientId, text, attachmentIds, channel: Channel, identityId: Id, accountId: Id, subject: z.string().max(300).nullable().default(null) }),
])
export const contactStart = z.strictObject({
  customerId: Id, queueId: Id, channel: Channel, identityId: Id, accountId: Id, subject: z.string().max(300).nullable().default(null), text, attachmentIds, clientId,
})
export const readBody = z.strictObject({ messageId: Id })

export const closeBody = z.strictObject({ dispositionId: Id.nullable(), complaint: z.boolean().default(false), settle: z.boolean().default(false) })
const note = z.string().max(2000).nullable().default(null)
const skills = z.array(z.strictObject({ skillId: Id, level: z.int().min(1).max(5) })).max(20)
/** To a colleague, who is asked; or to a queue, its own when none is named, for those with the skills asked for. */
export const transferBody = z.strictObject({ agentId: Id.nullable().default(null), queueId: Id.nullable().default(null), skills: skills.default([]), note })
export const returnBody = z.strictObject({ note })
/** A colleague; or the best free one of a queue, or of all with the skills asked for, by the decision of routing. */
export const consultBody = z.strictObject({ agentId: Id.nullable().default(null), queueId: Id.nullable().default(null), skills: skills.default([]), note })
/** The customer hears silence while the others talk. Only while somebody helps on the call. */
export const holdBody = z.strictObject({ onHold: z.boolean() })
export const leaveConsultBody = z.strictObject({ agentId: Id.optional().meta({ description: 'who leaves; oneself when left out' }) })
/** `override`: also over their capacity. */
export const assignBody = z.strictObject({ agentId: Id, override: z.boolean().default(false), note })
export const needsBody = z.strictObject({ priority: z.int().min(0).max(9).optional(), urgent: z.boolean().optional(), skills: skills.optional() })
export const snoozeBody = z.strictObject({ untilAt: Instant })
export const declineBody = z.strictObject({ reason: z.string().max(100).nullable().default(null) })
export const presenceBody = z.strictObject({ presence: z.enum(presences), reason: z.enum(breakReasons).nullable().default(null) })

export const Accepted = z.strictObject({ contactId: Id, conversationId: Id })

const excluded = z.record(z.string(), z.strictObject({ count: z.int(), agentIds: z.array(Id) }))
export const Why = z.strictObject({
  waiting: z.boolean(),
  /** The rule that would choose, or the reason it waits. */
  reason: z.string().nullable(),
  agentId: Id.nullable(),
  nextThree: z.array(Id),
  excluded,
  nextChangeAt: Instant.nullable(),
  /** About how many stand before it who could take the same agents; null when it does not wait. */
  ahead: z.int().nullable(),
  /** What is left of the wait most calls or chats had of late; null when nobody can say. */
  expected: (z.strictObject({ fromMs: z.int(), toMs: z.int() }) satisfies z.ZodType<ExpectedWait>).nullable(),
  /** When the next ring lets others in. */
  nextRingAt: Instant.nullable(),
  /** Asked for now, after the rings that are open. */
  skills: z.array(z.strictObject({ skillId: Id, level: z.int() })),
  /**
   * Offers made so far, newest first, with the rule that chose each; whom else it looked at is kept for 30 days, and on what it was
   * decided: when the line was read, and the versions its entry and the agent had then (null where a colleague was asked).
   */
  offers: z.array(z.strictObject({ id: Id, agentId: Id, kind: z.string(), reason: z.string(), snapshot: z.strictObject({ at: Instant, entryVersion: z.int(), agentVersion: z.int() }).nullable(), nextThree: z.array(Id), excluded, offeredAt: Instant, result: z.string().nullable(), endedAt: Instant.nullable() })),
  /** Why it waited, whenever that changed, newest first; kept for 30 days. */
  history: z.array(z.strictObject({ at: Instant, reason: z.string(), excluded, nextChangeAt: Instant.nullable() })),
}).meta({ id: 'Why' })

export const uploadQuery = z.strictObject({ name: z.string().min(1).max(300) })
export const Upload = Attachment
export const html = z.strictObject({ html: z.string() })
