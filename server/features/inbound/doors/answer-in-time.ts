import type { Context } from '#server/context.ts'
import type { DoorAnswer } from '#server/channels/channel.ts'
import type { WebhookAnswer } from '#server/platform/http-route.ts'
import { receiveInbound, storeReceipt } from '../inbound.usecases.ts'

type DoorContext = Parameters<typeof storeReceipt>[0] & Parameters<typeof receiveInbound>[0] & Pick<Context, 'logger'>
type NewReceipt = Parameters<typeof storeReceipt>[1]

/**
 * Stores, then handles for as long as the provider waits, then answers. Once the receipt is committed the answer is a yes
 * whatever becomes of the handling: what is unfinished goes on, what failed is the sweeper's. A duplicate hears again what
 * the first heard. Throws only when nothing was stored, so that the provider tries again.
 */
export async function answerInTime(context: DoorContext, receipt: NewReceipt, limitMs: number, usual: DoorAnswer): Promise<DoorAnswer> {
  const startedAt = performance.now()
  const stored = await storeReceipt(context, receipt)
  if (stored.isDuplicate && stored.answer) return stored.answer
  const handling = receiveInbound(context, stored.receiptId).catch((error: unknown) => {
    context.logger.error({ err: error, receiptId: stored.receiptId, channel: receipt.channel }, 'inbound could not be handled, the sweeper tries again')
    return null
  })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => { timer = setTimeout(() => resolve(null), Math.max(0, limitMs - (performance.now() - startedAt))) })
  const answer = await Promise.race([handling, late])
  clearTimeout(timer)
  return answer ?? usual
}

/** The answer in HTTP. */
export function webhookAnswerOf(answer: DoorAnswer): WebhookAnswer {
  return { status: answer.status, headers: { 'content-type': answer.contentType }, body: answer.body }
}
