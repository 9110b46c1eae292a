import * as z from 'zod'
import { overflowActions, overflowCauses, overflowRulesMax } from '#contract/overflow.ts'
import { channels, customerStages, customerTiers, surveyAsks, surveyKinds, valueClasses } from '#contract/words.ts'
import { Channel, Id, Instant, Locale } from './common.ts'
import { SlaPolicy } from './sla.ts'

/** Settings change rarely and are few: their lists come whole, up to 500, in the lists' usual shape. */
export const settingsMax = 500
function allOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item).max(settingsMax), nextCursor: z.null() })
}
export const settingsQuery = z.strictObject({ retired: z.enum(['true', 'false']).default('false') })

const Name = z.string().trim().min(1).max(100)
const dayMs = 86_400_000
const perChannel = <Value extends z.ZodType>(value: Value) => z.strictObject({ voice: value.optional(), webchat: value.optional(), email: value.optional(), sms: value.optional(), whatsapp: value.optional(), slack: value.optional() })

// ── Teams, skills, dispositions ──

export const Team = z.strictObject({ id: Id, name: z.string(), memberIds: z.array(Id), retiredAt: Instant.nullable(), version: z.int() }).meta({ id: 'Team' })
export type Team = z.infer<typeof Team>
export const TeamList = allOf(Team)
export const teamCreate = z.strictObject({ name: Name, memberIds: z.array(Id).max(500).default([]) })
export const teamChange = z.strictObject({ name: Name.optional(), memberIds: z.array(Id).max(500).optional() })

export const Skill = z.strictObject({ id: Id, name: z.string(), retiredAt: Instant.nullable() }).meta({ id: 'Skill' })
export type Skill = z.infer<typeof Skill>
export const SkillList = allOf(Skill)
export const skillBody = z.strictObject({ name: Name })

export const Disposition = z.strictObject({ id: Id, name: z.string(), complaint: z.boolean(), position: z.int(), retiredAt: Instant.nullable() }).meta({ id: 'Disposition' })
export type Disposition = z.infer<typeof Disposition>
export const DispositionList = allOf(Disposition)
export const dispositionCreate = z.strictObject({ name: Name, complaint: z.boolean().default(false), position: z.int().min(0).max(10_000).default(0) })
export const dispositionChange = z.strictObject({ name: Name.optional(), complaint: z.boolean().optional(), position: z.int().min(0).max(10_000).optional() })

// ── Business hours ──

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)
/** `24:00` ends at midnight; a period that ends before it begins runs past midnight. */
const endOfDay = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/)
export const Period = z.strictObject({ weekday: z.int().min(1).max(7).meta({ description: '1 is Monday' }), from: timeOfDay, to: endOfDay }).meta({ id: 'Period' })
/** A day that differs: no periods, closed all day. */
export const CalendarException = z.strictObject({ date: z.iso.date(), name: z.string().max(100), periods: z.array(z.strictObject({ from: timeOfDay, to: endOfDay })).max(10) }).meta({ id: 'CalendarException' })
export const Calendar = z
  .strictObject({ id: Id, name: z.string(), timeZone: z.string(), periods: z.array(Period), exceptions: z.array(CalendarException), isOpen: z.boolean(), retiredAt: Instant.nullable(), version: z.int() })
  .meta({ id: 'Calendar' })
export type Calendar = z.infer<typeof Calendar>
export const CalendarList = allOf(Calendar)
const calendarFields = { name: Name, timeZone: z.string().min(1).max(60), periods: z.array(Period).max(100), exceptions: z.array(CalendarException).max(500) }
export const calendarCreate = z.strictObject({ ...calendarFields, exceptions: calendarFields.exceptions.default([]) })
export const calendarChange = z.strictObject(calendarFields).partial()

// ── SLA policies ──

export const SlaPolicyList = allOf(SlaPolicy)

// ── Surveys ──

const LocalText = z.strictObject({ en: z.string().max(1000), zh: z.string().max(1000) })
/** Without words it asks ours. Questions on a dimension name it. */
export const SurveyQuestion = z.strictObject({ text: LocalText, ask: z.enum(surveyAsks), dimensionId: Id.nullable() }).meta({ id: 'SurveyQuestion' })
const surveyQuestionGiven = z.strictObject({ text: LocalText, ask: z.enum(surveyAsks).default('score'), dimensionId: Id.nullable().default(null) })
/** Which contacts it is for; an empty list means all. One that names queues is asked there beside or instead of the queue's own: the one with the most conditions that fit. */
export const SurveyRule = z
  .strictObject({
    queueIds: z.array(Id).max(100), channels: z.array(Channel).max(10), locales: z.array(Locale).max(10), tiers: z.array(z.enum(customerTiers)).max(10), dispositionIds: z.array(Id).max(100),
    complaints: z.enum(['any', 'only', 'never']),
    /** False: callers are asked by text after the call, not by key at its end. */
    keypad: z.boolean(),
  })
  .partial()
  .meta({ id: 'SurveyRule' })
export const Survey = z
  .strictObject({
    id: Id, name: z.string(), kind: z.enum(surveyKinds), questions: z.array(SurveyQuestion), rule: SurveyRule, samplingShare: z.number(), reminds: z.boolean(), delayMs: z.int(), quietMs: z.int(), expiryMs: z.int(),
    lowAtMost: z.int(), enabled: z.boolean(), retiredAt: Instant.nullable(), version: z.int(),
  })
  .meta({ id: 'Survey' })
export type Survey = z.infer<typeof Survey>
export const SurveyList = allOf(Survey)
const surveyFields = {
  name: Name, kind: z.enum(surveyKinds), questions: z.array(surveyQuestionGiven).max(20), rule: SurveyRule, samplingShare: z.number().min(0.01).max(1), reminds: z.boolean(), delayMs: z.int().min(0).max(7 * dayMs),
  quietMs: z.int().min(0).max(365 * dayMs), expiryMs: z.int().min(60_000).max(30 * dayMs), lowAtMost: z.int().min(0).max(10), enabled: z.boolean(),
}
export const surveyCreate = z.strictObject({
  ...surveyFields, questions: surveyFields.questions.default([]), rule: surveyFields.rule.default({}), samplingShare: surveyFields.samplingShare.default(1), reminds: surveyFields.reminds.default(true),
  delayMs: surveyFields.delayMs.default(0), quietMs: surveyFields.quietMs.default(7 * dayMs), expiryMs: surveyFields.expiryMs.default(3 * dayMs),
  /** Unless told: 2 of CSAT, 6 of NPS, 3 of CES, 4 of CSI. */
  lowAtMost: surveyFields.lowAtMost.optional(), enabled: surveyFields.enabled.default(true),
})
export const surveyChange = z.strictObject(surveyFields).omit({ kind: true }).partial()

// ── Queues ──

const Duration = z.int().min(0).max(30 * dayMs)
const HeadStart = z
  .strictObject({ perPriorityStepMs: Duration.optional(), tierMs: z.strictObject(Object.fromEntries(customerTiers.map((tier) => [tier, Duration.optional()])) as Record<(typeof customerTiers)[number], z.ZodOptional<typeof Duration>>).optional(), urgentMs: Duration.optional(),
    stageMs: z.partialRecord(z.enum(customerStages), Duration).optional(), classMs: z.partialRecord(z.enum(valueClasses), Duration).optional() })
  .meta({ id: 'HeadStart' })
const OverflowWhen = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('wait'), ms: z.int().min(1000).max(dayMs) }), z.strictObject({ is: z.literal('length'), atLeast: z.int().min(1).max(10_000) }),
  z.strictObject({ is: z.literal('closed') }), z.strictObject({ is: z.literal('nobody-staffed') }),
])
const OverflowThen = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('queue'), queueId: Id }), z.strictObject({ do: z.literal('voicemail') }), z.strictObject({ do: z.literal('callback') }),
  z.strictObject({ do: z.literal('message'), withinMs: z.int().min(60_000).max(30 * dayMs) }),
])
const Overflow = z
  .strictObject({ rules: z.array(z.strictObject({ when: OverflowWhen, then: OverflowThen })).max(overflowRulesMax).optional().meta({ description: 'asked in order; the first that holds decides' }) })
  .meta({ id: 'Overflow' })
const Greeting = z.strictObject({ en: z.string().max(1000).optional(), zh: z.string().max(1000).optional() }).meta({ id: 'Greeting' })
/** Units per contact of a channel; more than all of an agent's 100 would never fit. */
const ChannelUnits = perChannel(z.int().min(1).max(100)).meta({ id: 'ChannelUnits' })
const OfferTimeouts = perChannel(z.int().min(5000).max(dayMs)).meta({ id: 'OfferTimeouts' })
const ReopenWindows = perChannel(Duration).meta({ id: 'ReopenWindows' })
export const QueueSkill = z.strictObject({ skillId: Id, level: z.int().min(1).max(5) }).meta({ id: 'QueueSkill' })
/** After so much waiting the demands are relaxed: every level by so many, some skills not asked for at all. Rings add up. */
const Ring = z.strictObject({ afterMs: z.int().min(1000).max(dayMs), levelsDown: z.int().min(0).max(4), dropSkillIds: z.array(Id).max(20) }).meta({ id: 'Ring' })
/** Priority 1 is asked first. Units: what a contact costs this member, where that differs from the queue. */
export const QueueMember = z.strictObject({ agentId: Id, priority: z.int().min(1).max(9), units: ChannelUnits }).meta({ id: 'QueueMember' })
export const queueWarningCodes = ['no-members', 'never-opens', 'skill-nobody-has', 'nobody-has-all-skills', 'ring-changes-nothing', 'no-room', 'margin-over-target'] as const
export const QueueWarning = z
  .strictObject({ code: z.enum(queueWarningCodes), skillId: Id.optional(), level: z.int().optional(), ring: z.int().optional().meta({ description: 'counted from 0' }), channel: Channel.optional(), targetMs: z.int().optional() })
  .meta({ id: 'QueueWarning' })

export const Queue = z
  .strictObject({
    id: Id, name: z.string(), teamId: Id, restricted: z.boolean(), calendarId: Id.nullable(), slaPolicyId: Id.nullable(), surveyId: Id.nullable(), isOpen: z.boolean(), waiting: z.int(),
    memberIds: z.array(Id), members: z.array(QueueMember), skills: z.array(QueueSkill), rings: z.array(Ring), headStart: HeadStart, slaMarginMs: z.int(), offerTimeoutMs: OfferTimeouts, units: ChannelUnits, reopenMs: ReopenWindows,
    wrapUpLimitMs: z.int(), pendingLimitMs: z.int(), ownerHoldMs: z.int(), lastAgentDays: z.int(), lastAgentHoldMs: z.int(), accountOwnerHoldMs: z.int(), autoAccept: z.boolean(), pull: z.boolean(),
    keepIdle: z.int().meta({ description: 'so many idle agents are kept for calls: a chat goes to who chats already before it takes one of them' }), greeting: Greeting, overflow: Overflow, warnings: z.array(QueueWarning).meta({ description: 'settings that contradict each other or ask for what nobody has' }),
    createdAt: Instant, retiredAt: Instant.nullable(), version: z.int(),
  })
  .meta({ id: 'Queue' })
export type Queue = z.infer<typeof Queue>
export const QueueList = allOf(Queue)
const queueFields = {
  name: Name, teamId: Id, restricted: z.boolean(), calendarId: Id.nullable(), slaPolicyId: Id.nullable(), surveyId: Id.nullable(), memberIds: z.array(Id).max(500), skills: z.array(QueueSkill).max(20),
  members: z.array(z.strictObject({ agentId: Id, priority: QueueMember.shape.priority.default(1), units: ChannelUnits.default({}) })).max(500).meta({ description: 'with priority and units; memberIds instead leaves those of who stays' }), rings: z.array(z.strictObject({ ...Ring.shape, levelsDown: Ring.shape.levelsDown.default(0), dropSkillIds: Ring.shape.dropSkillIds.default([]) })).max(10),
  headStart: HeadStart, slaMarginMs: z.int().min(0).max(dayMs), offerTimeoutMs: OfferTimeouts, units: ChannelUnits, reopenMs: ReopenWindows, wrapUpLimitMs: z.int().min(0).max(3_600_000),
  pendingLimitMs: z.int().min(60_000).max(24 * dayMs), ownerHoldMs: z.int().min(0).max(dayMs), lastAgentDays: z.int().min(0).max(365), lastAgentHoldMs: z.int().min(0).max(dayMs),
  accountOwnerHoldMs: z.int().min(0).max(dayMs), autoAccept: z.boolean(), pull: z.boolean(), keepIdle: z.int().min(0).max(1000), greeting: Greeting, overflow: Overflow,
}
export const queueChange = z.strictObject(queueFields).partial()
export type QueueChange = z.infer<typeof queueChange>
export const queueCreate = z.strictObject({ ...queueChange.shape, name: queueFields.name, teamId: queueFields.teamId })
export type QueueCreate = z.infer<typeof queueCreate>
/** While contacts wait or are worked in it, a queue is retired only with a queue that takes them. */
export const queueRetire = z.strictObject({ targetQueueId: Id.optional() })

/** A contact that might come, or might have waited for a while. Of a named customer their own tier, stage and class count, where known. */
export const queuePreviewBody = z.strictObject({
  channel: Channel, skills: z.array(QueueSkill).max(20).default([]), tier: z.enum(customerTiers).default('standard'), stage: z.enum(customerStages).nullable().default(null), valueClass: z.enum(valueClasses).nullable().default(null),
  priority: z.int().min(0).max(9).default(0), urgent: z.boolean().default(false),
  waitedMs: z.int().min(0).max(dayMs).default(0), customerId: Id.nullable().default(null),
})
export const QueuePreview = z
  .strictObject({
    agentId: Id.nullable(), reason: z.string().meta({ description: 'the rule that chooses, or why it waits' }), nextThree: z.array(Id), excluded: z.record(z.string(), z.strictObject({ count: z.int(), agentIds: z.array(Id) })),
    nextChangeAt: Instant.nullable(),
    overflow: z.strictObject({ do: z.enum(overflowActions), because: z.enum(overflowCauses), queueId: Id.nullable(), promisedAt: Instant.nullable() }).nullable().meta({ description: 'what its queue does with it when it has to wait' }),
    workableAt: Instant, headStartMs: z.int().meta({ description: 'by how much earlier than its arrival it counts, for priority, tier, urgency, stage and class' }), ahead: z.int().meta({ description: 'waiting before it for the same people' }), skills: z.array(QueueSkill).meta({ description: 'asked for after this wait' }),
  })
  .meta({ id: 'QueuePreview' })
export type QueuePreview = z.infer<typeof QueuePreview>

// ── Channel accounts ──

/** What to paste where at the provider. `label` is a key of the console's texts. */
export const ProviderPaste = z.strictObject({ label: z.string(), value: z.string() }).meta({ id: 'ProviderPaste' })
const accountSettings = {
  accountSid: z.string().regex(/^AC[0-9a-fA-F]{32}$/).optional(),
  messagingServiceSid: z.string().regex(/^MG[0-9a-fA-F]{32}$/).optional(),
  secondaryAuthTokenUntil: Instant.optional(),
  allowedOrigins: z.array(z.string().max(300)).max(50).optional(),
  trustedClaims: z.array(z.enum(['email', 'phone'])).max(2).optional(),
  botId: z.string().regex(/^B[A-Z0-9]{1,20}$/).optional(),
  botUserId: z.string().regex(/^[UW][A-Z0-9]{1,20}$/).optional(),
  locale: Locale.optional(),
}
export const AccountSettings = z.strictObject(accountSettings).meta({ id: 'AccountSettings' })
export type AccountSettings = z.infer<typeof AccountSettings>
/** Secrets go in and never come out; the answer only names which are set. An empty text removes one. */
const secretText = z.string().max(4000)
export const AccountSecrets = z
  .strictObject({ authToken: secretText.optional(), secondaryAuthToken: secretText.optional(), smtpUrl: secretText.optional(), siteSecret: z.string().regex(/^$|^.{32,500}$/).optional(), botToken: secretText.optional(), signingSecret: secretText.optional() })
  .meta({ id: 'AccountSecrets' })
export type AccountSecrets = z.infer<typeof AccountSecrets>

export const ChannelAccount = z
  .strictObject({
    id: Id, channel: Channel, address: z.string(), name: z.string(), queueId: Id, staffOnly: z.boolean(), settings: AccountSettings, secretsSet: z.array(z.string()), paste: z.array(ProviderPaste),
    createdAt: Instant, retiredAt: Instant.nullable(), version: z.int(),
  })
  .meta({ id: 'ChannelAccount' })
export type ChannelAccount = z.infer<typeof ChannelAccount>
export const ChannelAccountList = allOf(ChannelAccount)
export const channelAccountQuery = z.strictObject({ ...settingsQuery.shape, channel: z.enum(channels).optional() })
export const channelAccountCreate = z.strictObject({
  channel: Channel, address: z.string().trim().min(1).max(254), name: Name, queueId: Id, staffOnly: z.boolean().default(false), settings: AccountSettings.default({}), secrets: AccountSecrets.default({}),
})
export type ChannelAccountCreate = z.output<typeof channelAccountCreate>
export const channelAccountChange = z.strictObject({ name: Name.optional(), queueId: Id.optional(), staffOnly: z.boolean().optional(), settings: AccountSettings.optional(), secrets: AccountSecrets.optional() })
export type ChannelAccountChange = z.infer<typeof channelAccountChange>
/** `detail` and `reason` are codes with texts in the console's catalog, else the provider's own words. */
export const AccountTest = z.strictObject({ ok: z.boolean(), detail: z.string() }).meta({ id: 'AccountTest' })
