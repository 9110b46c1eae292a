import { cleanText, maskCards } from '../../domain/text.ts'
import type { ItemChangeArrival } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { lockConversationOf, lockConversationWhere, timelineRooms } from '../conversations/conversations.steps.ts'
import { nothingApplied, type Applied } from './inbound.apply.ts'

/** An edit that came before what it edits: tried again for some minutes, then let go, for it may be of an item we never had. */
export class ItemNotHere extends Error {
  override readonly name = 'ItemNotHere'
}

/** An edit, a deletion, a reaction or a file taken back: shown on the item it belongs to; opens and re-opens nothing. Deletions of what is not here are ignored. */
export async function applyItemChange(tx: Tx, arrival: ItemChangeArrival, now: Date, effects: Effects): Promise<Applied> {
  if (arrival.change === 'file-deleted') return applyFileDeleted(tx, arrival, now, effects)
  let target: { id: string; conversationId: string } | undefined
  const conversation = await lockConversationWhere(tx, async () => {
    target = await tx.maybe(
      `select m.id, m.conversation_id as "conversationId" from message m where m.account_id = $1 and m.external_id = $2 order by m.at limit 1`, [arrival.accountId, arrival.targetExternalId])
    return target?.conversationId
  }, now)
  if (!target || !conversation) {
    if (arrival.change === 'edited') throw new ItemNotHere('what this edits is not here')
    return nothingApplied
  }
  await tx.execute(
    `update message set version = version + 1,
       text = case $2 when 'edited' then $3 when 'deleted' then '' else text end,
       html = case when $2 in ('edited', 'deleted') then null else html end,
       edited_at = case $2 when 'edited' then $4 else edited_at end,
       deleted_at = case $2 when 'deleted' then $4 else deleted_at end,
       data = case $2 when 'reaction' then jsonb_set(data, '{reactions}', coalesce(data->'reactions', '[]') || to_jsonb($3::text)) else data end
     where id = $1`,
    [target.id, arrival.change, maskCards(cleanText(arrival.text ?? '', 60_000)), now])
  if (arrival.change === 'deleted') await takeBackFiles(tx, await tx.query<{ id: string }>('select id from attachment where message_id = $1', [target.id]))
  effects.tell({ type: 'message.changed', conversationId: target.conversationId, refs: { messageIds: [target.id] }, rooms: timelineRooms(target.conversationId) })
  return { answer: null, messageId: target.id, conversationId: target.conversationId }
}

/** One file may be shown in several messages: each keeps its place and says that the file is gone. */
async function applyFileDeleted(tx: Tx, arrival: ItemChangeArrival, now: Date, effects: Effects): Promise<Applied> {
  const messages = await tx.query<{ id: string }>(
    `select distinct m.id, m.conversation_id from message m join attachment a on a.message_id = m.id
     where m.account_id = $1 and m.channel = $2 and a.source_url ~ ('[-/]' || $3 || '([/?]|$)') order by m.conversation_id limit 100`, [arrival.accountId, arrival.channel, arrival.targetExternalId])
  for (const { id } of messages) {
    const conversation = await lockConversationOf(tx, 'message', id, now)
    if (!conversation) continue
    await takeBackFiles(tx, await tx.query<{ id: string }>(`select id from attachment where message_id = $1 and source_url ~ ('[-/]' || $2 || '([/?]|$)')`, [id, arrival.targetExternalId]))
    await tx.execute('update message set version = version + 1 where id = $1', [id])
    effects.tell({ type: 'message.changed', conversationId: conversation.id, refs: { messageIds: [id] }, rooms: timelineRooms(conversation.id) })
  }
  return nothingApplied
}

async function takeBackFiles(tx: Tx, files: readonly { id: string }[]): Promise<void> {
  await tx.execute(`update attachment set state = 'deleted', state_reason = 'deleted-by-sender', next_attempt_at = null, version = version + 1 where id = any($1::uuid[])`, [files.map((file) => file.id)])
}
