import type { DumpOptions } from '../../support/dump.ts'

/**
 * What a merge and its undo leave behind: their own rows, events and the audit, versions and the epoch. Of agents, the interval of
 * their load: what they did in between is what they did.
 */
export const exceptWhatUndoKeeps: DumpOptions = {
  withoutTables: ['merge', 'merge_item', 'event', 'room', 'room_event', 'audit_entry', 'load_interval'],
  withoutColumns: ['version', 'conversation.epoch', 'agent_state.load', 'agent_state.load_since', 'agent_state.idle_since'],
}
