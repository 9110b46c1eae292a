import { cleanText, maskCards } from '../../domain/text.ts'
import type { ItemChangeArrival } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { lockConversationWhere, timelineRooms } from '../conversations/conversations.steps.ts'
import { nothingApplied, type Applied } from './inbound.apply.ts'

/** An edit, a deletion or a reaction: shown on the item it belongs to; opens and re-opens nothing. Unknown items are ignored. */
export async function applyItemChange(tx: Tx, arrival: ItemChangeArrival, now: Date, effects: Effects): Promise<Applied> {
  let target: { id: string; conversationId: string } | undefined
  const conversation = await lockConversationWhere(tx, async () => {
    target = await tx.maybe(
      `select m.id, m.conversation_id as "conversationId" from message m where m.account_id = $1 and m.external_id = $2 order by m.at limit 1`, [arrival.accountId, arrival.targetExternalId])
    return target?.conversationId
  }, now)
  if (!target || !conversation) return nothingApplied
  await tx.execute(
    `update message set version = version + 1,
       text = case $2 when 'edited' then $3 when 'deleted' then '' else text end,
       html = case when $2 in ('edited', 'deleted') then null else html end,
       edited_at = case $2 when 'edited' then $4 else edited_at end,
       deleted_at = case $2 when 'deleted' then $4 else deleted_at end,
       data = case $2 when 'reaction' then jsonb_set(data, '{reactions}', coalesce(data->'reactions', '[]') || to_jsonb($3::text)) else data end
     where id = $1`,
    [target.id, arrival.change, maskCards(cleanText(arrival.text ?? '', 60_000)), now])
  effects.tell({ type: 'message.changed', conversationId: target.conversationId, refs: { messageIds: [target.id] }, rooms: timelineRooms(target.conversationId) })
  return { answer: null, messageId: target.id, conversationId: target.conversationId }
}
