/** What holds where a queue says nothing of its own. */
import type { Channel } from './words.ts'

const second = 1000
const hour = 3600 * second

/** How long an offer stands. */
export const usualOfferTimeoutMs: Readonly<Record<Channel, number>> = { voice: 20 * second, webchat: 20 * second, email: 60 * second, sms: 60 * second, whatsapp: 60 * second, slack: 60 * second }

/** How long after its close an arrival on this channel re-opens a contact. */
export const usualReopenMs: Readonly<Record<Channel, number>> = { voice: hour / 4, webchat: hour / 4, email: 72 * hour, sms: 24 * hour, whatsapp: 24 * hour, slack: 24 * hour }

/** How much earlier than it came a contact is served, per step of priority, by tier and when urgent. */
export const usualHeadStartMs = { perPriorityStepMs: 300 * second, tierMs: { silver: 120 * second, gold: 300 * second }, urgentMs: 600 * second } as const
