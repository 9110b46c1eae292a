/** Names of the rooms events are sent to. A room's number is gapless and in sending order. */
export const roomOf = {
  /** Staff who have this conversation open and may not see every restricted contact in it: those come as grey lines. */
  conversation: (id: string): string => `conversation:${id}`,
  /** Staff who have this conversation open and may see all of it. */
  conversationFull: (id: string): string => `conversation:${id}:full`,
  /** One member of staff, all their windows. */
  agent: (id: string): string => `agent:${id}`,
  /** Staff of one team: lists of the contacts the team may see. */
  team: (id: string): string => `team:${id}`,
  /** Supervisors and admins: all lists. */
  supervisors: 'supervisors',
  /** Every member of staff: who is present, settings. */
  staff: 'staff',
  /** One visitor of a website, all their tabs. */
  visitor: (id: string): string => `visitor:${id}`,
} as const
