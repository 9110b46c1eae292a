import { roomOf } from '#contract/rooms.ts'
import type { Tx } from '../../platform/db.ts'
import { seesEverybody, type Viewer } from '../customers/customers.visibility.ts'
import type { Sight } from './conversations.views.ts'

/** Which conversation room a viewer is in: the full one, unless there is a restricted contact in it that is not theirs to read. */
export async function conversationRoom(db: Pick<Tx, 'maybe'>, viewer: Viewer, conversationId: string): Promise<{ room: string; sight: Sight }> {
  if (seesEverybody(viewer)) return { room: roomOf.conversationFull(conversationId), sight: { all: true } }
  const hidden = await db.maybe<{ teamIds: string[] }>(
    `select array(select m.team_id from team_member m where m.agent_id = $2) as "teamIds" from contact c join queue q on q.id = c.queue_id where c.conversation_id = $1 and q.restricted and c.owner_id is distinct from $2
       and not exists (select 1 from team_member m where m.agent_id = $2 and m.team_id = q.team_id) limit 1`, [conversationId, viewer.staffId])
  return hidden ? { room: roomOf.conversation(conversationId), sight: { all: false, teamIds: hidden.teamIds, ownerId: viewer.staffId } } : { room: roomOf.conversationFull(conversationId), sight: { all: true } }
}
