/** What a visitor does: speaks, says who they are, reads, answers a survey, leaves. */
import type { VisitorMessageView } from '#contract/views.ts'
import { readReceipt, webchatExternalId, type WebchatReceipt } from '#server/channels/webchat/parse.ts'
import { commit } from '#server/platform/effects.ts'
import { recordClaims, suggestFromClaims, type TypedClaim } from '../customers/customers.steps.ts'
import { lockConversation, staffRooms } from '../conversations/conversations.steps.ts'
import { receiveInbound, storeReceipt } from '../inbound/inbound.usecases.ts'
import { clientIdConflict, unauthorized, unavailable, unknownAttachment } from './webchat.errors.ts'
import type { Introduction, SendRequest } from './webchat.schemas.ts'
import { deleteUploads, findReceiptBody, findUploads } from './webchat.store.ts'
import { messageByClientId } from './webchat.views.ts'
import { storeVisitor, type Visitor, type VisitorContext } from './webchat.visitors.ts'
import { sightOf, type VisitorSight } from './visitor-sight.ts'

/**
 * Stores what the visitor wrote and returns it as stored. The same client id again gets the same message; with other words it is
 * refused, so that nobody believes words stored that are not.
 */
export async function sendFromVisitor(context: VisitorContext, visitor: Visitor, request: SendRequest): Promise<VisitorMessageView> {
  await storeVisitor(context, visitor)
  const externalId = webchatExternalId(visitor.id, request.clientId)
  const first = await findReceiptBody(context.db, externalId)
  const receiptId = first ? first.id : await storeNew(context, visitor, request, externalId)
  if (!isSameWords((await findReceiptBody(context.db, externalId))!.body, request)) throw clientIdConflict()
  await receiveInbound(context, receiptId)
  const message = await messageByClientId(context.db, await requireSight(context, visitor), request.clientId)
  // Stored for certain, handled by somebody else at this moment: the widget asks again and finds it.
  if (!message) throw unavailable()
  await deleteUploads(context.db, visitor.id, request.attachmentIds)
  return message
}

async function storeNew(context: VisitorContext, visitor: Visitor, request: SendRequest, externalId: string): Promise<string> {
  const uploads = await findUploads(context.db, visitor.id, request.attachmentIds)
  const files = request.attachmentIds.map((id) => uploads.find((upload) => upload.id === id))
  const receipt: WebchatReceipt = {
    accountId: visitor.site.id, visitorId: visitor.id, clientId: request.clientId, siteUser: visitor.siteUser, text: request.text, locale: visitor.locale,
    files: files.map((file) => {
      if (!file) throw unknownAttachment()
      const { id, ...facts } = file
      return { uploadId: id, ...facts }
    }),
  }
  const stored = await storeReceipt(context, { channel: 'webchat', accountId: visitor.site.id, externalId, kind: 'webchat', body: Buffer.from(JSON.stringify(receipt)), facts: {} })
  return stored.receiptId
}

function isSameWords(body: Buffer, request: SendRequest): boolean {
  const stored = readReceipt(body)
  return stored.text === request.text && stored.files.map((file) => file.uploadId).join() === request.attachmentIds.join()
}

/** What the visitor typed about themselves: kept as claims, good for a suggestion to staff and for nothing else. */
export async function introduce(context: VisitorContext, visitor: Visitor, said: Introduction): Promise<void> {
  const claims = (['name', 'email', 'phone'] as const).flatMap((kind): TypedClaim[] => (said[kind] ? [{ kind, value: said[kind] }] : []))
  if (claims.length === 0) return
  await storeVisitor(context, visitor)
  const sight = await requireSight(context, visitor)
  const now = context.clock.now()
  await commit(context, now, async (tx, effects) => {
    const conversation = await lockConversation(tx, sight.conversationId, now)
    const made = await recordClaims(tx, conversation.customerId, claims, `webchat:${visitor.site.id}`, now)
    if (made.length === 0) return
    await suggestFromClaims(tx, conversation.customerId, now, effects)
    effects.tell({ type: 'customer.changed', conversationId: conversation.id, refs: { customerIds: [conversation.customerId] }, rooms: staffRooms(conversation, null) })
  })
}

/** The visitor's sight; refuses one whose visitor was ended meanwhile. */
export async function requireSight(context: Pick<VisitorContext, 'db'>, visitor: Visitor): Promise<VisitorSight> {
  const sight = await sightOf(context.db, visitor.id)
  if (!sight) throw unauthorized()
  return sight
}
