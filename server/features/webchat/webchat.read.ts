import { commit } from '#server/platform/effects.ts'
import { lockConversation, timelineRooms } from '../conversations/conversations.steps.ts'
import type { PresenceContext } from './webchat.presence.ts'
import { visitorRoomsFor } from './webchat.steps.ts'
import type { VisitorSight } from './visitor-sight.ts'

/** The visitor has seen everything up to this message. What is read stays read; said again, nothing happens. */
export async function markRead(context: PresenceContext, sight: VisitorSight, messageId: string): Promise<void> {
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const conversation = await lockConversation(tx, sight.conversationId, now)
    const rows = await tx.query<{ id: string }>(
      `update message m set status = 'read', version = version + 1
       where m.conversation_id = $1 and m.channel = 'webchat' and m.direction = 'outbound' and m.identity_id = any($3::uuid[]) and m.status in ('sent', 'delivered')
         and m.seq <= (select b.seq from message b where b.id = $2 and b.conversation_id = $1 and b.identity_id = any($3::uuid[])) returning m.id`,
      [conversation.id, messageId, sight.identityIds])
    if (rows.length === 0) return
    const messageIds = rows.map((row) => row.id)
    effects.tell({
      type: 'message.changed', conversationId: conversation.id, refs: { messageIds },
      rooms: [...timelineRooms(conversation.id), ...(await visitorRoomsFor(tx, conversation.visitorIds, messageIds))],
    })
  })
}
