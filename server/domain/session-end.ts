/** What the end of a live session does to its waiting entry, its turn and its customer. */
export interface SessionEndFacts {
  kind: 'call' | 'chat'
  wasBridged: boolean
  /** A queue entry of this session still waits. */
  hasOpenEntry: boolean
  wasEnqueued: boolean
  leftVoicemail: boolean
  isReachable: boolean
  /** Other entries of the contact that wait: its mail waits on. */
  otherOpenEntries: number
  hasOwner: boolean
}

export interface SessionEndDecision {
  entry: 'none' | 'abandoned' | 'voicemail'
  /** An unserved call or chat and a voicemail are turns: they stay open until somebody answers or settles them. */
  turnStays: boolean
  contact: { do: 'goes-on' } | { do: 'close'; outcome: 'abandoned' | 'left-in-menu' } | { do: 'wait-as-messages' }
  followUp: 'call-back' | null
}

/** Decides what remains when a caller hangs up or a visitor leaves (RULES section 3). */
export function decideSessionEnd(facts: SessionEndFacts): SessionEndDecision {
  if (facts.wasBridged || facts.hasOwner) return { entry: facts.hasOpenEntry ? 'abandoned' : 'none', turnStays: !facts.wasBridged, contact: { do: 'goes-on' }, followUp: null }
  if (facts.leftVoicemail) return { entry: facts.hasOpenEntry ? 'voicemail' : 'none', turnStays: true, contact: { do: 'wait-as-messages' }, followUp: null }
  if (!facts.wasEnqueued) return { entry: 'none', turnStays: false, contact: facts.otherOpenEntries > 0 ? { do: 'goes-on' } : { do: 'close', outcome: 'left-in-menu' }, followUp: null }
  const callBack = facts.kind === 'call' && facts.isReachable ? 'call-back' : null
  return { entry: 'abandoned', turnStays: true, contact: facts.otherOpenEntries > 0 ? { do: 'goes-on' } : { do: 'close', outcome: 'abandoned' }, followUp: callBack }
}
