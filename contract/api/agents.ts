import * as z from 'zod'
import { contactStates } from '../words.ts'
import { Channel, Id } from './common.ts'

/** What somebody holds, for whoever has to move it: contacts (up to 200 listed), open offers, follow-ups. */
export const AgentWork = z
  .strictObject({
    contacts: z.int(), offers: z.int(), followUps: z.int(),
    items: z.array(z.strictObject({ id: Id, customerLabel: z.string(), conversationId: Id, queueId: Id, channel: Channel, state: z.enum(contactStates) })),
  })
  .meta({ id: 'AgentWork' })
export type AgentWork = z.infer<typeof AgentWork>

/** To a colleague as far as they have room, the rest to its queues; null: all to its queues. */
export const moveWorkBody = z.strictObject({ toAgentId: Id.nullable().default(null) })
export const WorkMoved = z.strictObject({ toAgent: z.int(), toQueues: z.int() }).meta({ id: 'WorkMoved' })
