import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import type { ContactRow } from '../contacts/contacts.store.ts'
import type { LockedConversation } from '../conversations/conversations.steps.ts'
/** PLACEHOLDER until the surveys feature lands. */
export async function recordSurveyAnswer(_tx: Tx, _answer: { invitationId: string; score: number; comment: string | null }, _now: Date, _effects: Effects): Promise<void> {}
export async function scheduleSurvey(_tx: Tx, _conversation: LockedConversation, _contact: ContactRow, _now: Date, _effects: Effects): Promise<void> {}
