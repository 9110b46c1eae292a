import type { Role } from '#contract/words.ts'

/** Who asks. Team ids are those whose work they see; an admin sees all teams. */
export interface Actor {
  staffId: string
  role: Role
  isRetired: boolean
  teamIds: ReadonlySet<string>
  /** Queues they are members of. */
  queueIds: ReadonlySet<string>
}

/** Whose or what it is about. Absent facts are unknown, which never helps. */
export interface Subject {
  /** The team of the queue of the contact, or of the agent. */
  teamId?: string
  queueId?: string
  isRestrictedQueue?: boolean
  ownerId?: string | null
  agentId?: string
}

export const actions = [
  'customer.see', 'customer.edit', 'contact.read', 'contact.reply', 'contact.close', 'contact.transfer', 'contact.take', 'contact.assign', 'contact.override-capacity', 'note.write', 'conversation.start',
  'merge.accept', 'merge.dismiss', 'merge.undo', 'participant.add', 'message.retry', 'presence.own', 'presence.others', 'board.see', 'reports.see', 'export', 'survey-answers.see', 'followup.work',
  'staff.see', 'staff.invite', 'staff.retire', 'staff.role', 'queues.edit', 'accounts.edit', 'settings.see', 'settings.edit', 'api-keys.edit', 'audit.see', 'receipts.replay', 'customer.erase',
] as const
export type Action = (typeof actions)[number]

export type PermissionReason = 'retired' | 'role' | 'other-team' | 'restricted-queue' | 'not-owner' | 'not-yourself'
export type Permission = { may: true } | { may: false; reason: PermissionReason }

const leastRole: Record<Action, Role> = {
  'customer.see': 'agent', 'customer.edit': 'agent', 'contact.read': 'agent', 'contact.reply': 'agent', 'contact.close': 'agent', 'contact.transfer': 'agent', 'contact.take': 'agent', 'note.write': 'agent', 'conversation.start': 'agent',
  'merge.accept': 'agent', 'merge.dismiss': 'agent', 'merge.undo': 'agent', 'participant.add': 'agent', 'message.retry': 'agent', 'presence.own': 'agent', 'followup.work': 'agent', 'staff.see': 'agent',
  'contact.assign': 'supervisor', 'contact.override-capacity': 'supervisor', 'presence.others': 'supervisor', 'board.see': 'supervisor', 'reports.see': 'supervisor', export: 'supervisor', 'survey-answers.see': 'supervisor', 'settings.see': 'supervisor',
  'staff.invite': 'admin', 'staff.retire': 'admin', 'staff.role': 'admin', 'queues.edit': 'admin', 'accounts.edit': 'admin', 'settings.edit': 'admin', 'api-keys.edit': 'admin', 'audit.see': 'admin', 'receipts.replay': 'admin', 'customer.erase': 'admin',
}

const ranks: Record<Role, number> = { agent: 0, supervisor: 1, admin: 2 }

/** Actions on one contact, where the team and a restricted queue count. */
const ofContact: ReadonlySet<Action> = new Set(['contact.read', 'contact.reply', 'contact.close', 'contact.transfer', 'contact.take', 'contact.assign', 'contact.override-capacity', 'note.write', 'participant.add', 'message.retry'])
/** Of these an agent does only what is theirs; a supervisor does anybody's. */
const ofOwner: ReadonlySet<Action> = new Set(['contact.close', 'contact.transfer'])

/**
 * Whether somebody may do something (RULES section 2, "Visibility"). Customers and their conversations are seen by all staff: a person
 * who answers must know what was said. Contacts of a restricted queue only by its members and its supervisors, and admins.
 */
export function may(actor: Actor, action: Action, subject: Subject = {}): Permission {
  if (actor.isRetired) return no('retired')
  if (ranks[actor.role] < ranks[leastRole[action]]) return no('role')
  if (action === 'presence.own' && subject.agentId !== undefined && subject.agentId !== actor.staffId) return no('not-yourself')
  if (action === 'presence.others' && isOtherTeam(actor, subject)) return no('other-team')
  if (!ofContact.has(action)) return { may: true }
  if (subject.isRestrictedQueue && !seesRestricted(actor, subject)) return no('restricted-queue')
  if (ofOwner.has(action) && actor.role === 'agent' && subject.ownerId !== actor.staffId) return no('not-owner')
  return action === 'contact.assign' && isOtherTeam(actor, subject) ? no('other-team') : { may: true }
}

/** How much of an item or contact somebody sees: all of it, or for a restricted queue one grey line. */
export function sightOf(actor: Actor, subject: Subject): 'whole' | 'grey-line' {
  return may(actor, 'contact.read', subject).may ? 'whole' : 'grey-line'
}

function seesRestricted(actor: Actor, subject: Subject): boolean {
  if (actor.role === 'admin') return true
  if (subject.queueId !== undefined && actor.queueIds.has(subject.queueId)) return true
  return actor.role === 'supervisor' && subject.teamId !== undefined && actor.teamIds.has(subject.teamId)
}

function isOtherTeam(actor: Actor, subject: Subject): boolean {
  return actor.role !== 'admin' && (subject.teamId === undefined || !actor.teamIds.has(subject.teamId))
}

function no(reason: PermissionReason): Permission {
  return { may: false, reason }
}
