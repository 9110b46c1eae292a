import * as z from 'zod'
import { NewPassword, PersonName } from './auth.ts'
import { EmailAddress, Id, Instant, listQuery, Locale, pageOf, Role } from './common.ts'

/** Units: live and deferred, 100 each usually. Zero would be an agent who gets nothing; take them out of their queues instead. */
const Units = z.int().min(1).max(1000)
export const SkillLevel = z.strictObject({ skillId: Id, level: z.int().min(1).max(5) }).meta({ id: 'SkillLevel' })
const idList = z.array(Id).max(200)
export const Phone = z.string().regex(/^\+[1-9]\d{6,14}$/).meta({ id: 'Phone', description: 'E.164' })

export const StaffMember = z
  .strictObject({
    id: Id, name: z.string(), email: z.string(), role: Role, locale: Locale, phone: z.string().nullable(), slackUserId: z.string().nullable(),
    liveUnits: z.int(), deferredUnits: z.int(), twoFactor: z.boolean(), teamIds: z.array(Id), queueIds: z.array(Id), skills: z.array(SkillLevel),
    createdAt: Instant, retiredAt: Instant.nullable(), version: z.int(),
  })
  .meta({ id: 'StaffMember' })
export type StaffMember = z.infer<typeof StaffMember>
export const StaffPage = pageOf(StaffMember)
export const staffQuery = z.strictObject({ ...listQuery.shape, role: Role.optional(), retired: z.enum(['true', 'false']).default('false') })

export const staffChange = z.strictObject({
  name: PersonName.optional(), role: Role.optional(), locale: Locale.optional(), phone: Phone.nullable().optional(), slackUserId: z.string().trim().min(1).max(50).nullable().optional(),
  liveUnits: Units.optional(), deferredUnits: Units.optional(), teamIds: idList.optional(), queueIds: idList.optional(), skills: z.array(SkillLevel).max(100).optional(),
})
export type StaffChange = z.infer<typeof staffChange>

export const Invite = z
  .strictObject({
    id: Id, email: z.string(), name: z.string(), role: Role, teamIds: z.array(Id), queueIds: z.array(Id), invitedBy: Id,
    createdAt: Instant, expiresAt: Instant, acceptedAt: Instant.nullable(), revokedAt: Instant.nullable(),
  })
  .meta({ id: 'Invite' })
export type Invite = z.infer<typeof Invite>
export const InvitePage = pageOf(Invite)
export const inviteCreate = z.strictObject({ email: EmailAddress, name: PersonName, role: Role, teamIds: idList.default([]), queueIds: idList.default([]) })
export type InviteCreate = z.output<typeof inviteCreate>
/** The link is shown this once; `mailed` tells whether it is also on its way by mail. */
export const InviteCreated = z.strictObject({ invite: Invite, link: z.string(), mailed: z.boolean() }).meta({ id: 'InviteCreated' })
export type InviteCreated = z.infer<typeof InviteCreated>

/** What the page of an invitation shows; the token is the part of the link behind `#`. */
export const invitationToken = z.strictObject({ token: z.string().min(20).max(200) })
export const Invitation = z.strictObject({ email: z.string(), name: z.string(), role: Role, expiresAt: Instant }).meta({ id: 'Invitation' })
export type Invitation = z.infer<typeof Invitation>
export const invitationAccept = z.strictObject({ token: z.string().min(20).max(200), name: PersonName, password: NewPassword, locale: Locale })

export const AuditEntry = z
  .strictObject({
    id: Id, at: Instant, actorId: Id.nullable(), actorName: z.string().nullable(), action: z.string(), targetKind: z.string(), targetId: z.string().nullable(), targetName: z.string().nullable(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof AuditEntry>
export const AuditPage = pageOf(AuditEntry)
export const auditQuery = z.strictObject({ ...listQuery.shape, actorId: Id.optional(), action: z.string().min(1).max(60).optional() })
