import type { Queue } from '#contract/api/settings.ts'

/** What the dialog holds while somebody edits: a queue but for what the server derives. */
export type QueueDraft = Omit<Queue, 'id' | 'teamId' | 'isOpen' | 'waiting' | 'memberIds' | 'warnings' | 'createdAt' | 'retiredAt' | 'version'> & { teamId: string | null }
export type ChangeDraft = (part: Partial<QueueDraft>) => void

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs

/** A new queue begins with what the server would give it. */
export const freshQueue: QueueDraft = {
  name: '', teamId: null, restricted: false, calendarId: null, slaPolicyId: null, surveyId: null, members: [], skills: [], rings: [], headStart: {}, slaMarginMs: minuteMs, offerTimeoutMs: {}, units: {}, reopenMs: {},
  wrapUpLimitMs: minuteMs, pendingLimitMs: 72 * hourMs, ownerHoldMs: minuteMs, lastAgentDays: 7, lastAgentHoldMs: 0, accountOwnerHoldMs: 0, autoAccept: false, pull: false, keepIdle: 0, greeting: {}, overflow: {},
}

export function draftOf(queue: Queue): QueueDraft {
  const { id: _id, isOpen: _isOpen, waiting: _waiting, memberIds: _memberIds, warnings: _warnings, createdAt: _createdAt, retiredAt: _retiredAt, version: _version, ...draft } = queue
  return draft
}
