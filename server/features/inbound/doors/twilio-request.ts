import type * as z from 'zod'
import type { Context } from '#server/context.ts'
import type { AccountWithSecrets } from '#server/channels/channel.ts'
import { readTwilioAddress, type TwilioChannel } from '#server/channels/twilio/address.ts'
import { readForm } from '#server/channels/twilio/form.ts'
import { verifyTwilioRequest } from '#server/channels/twilio/verify.ts'
import { findChannelAccount, openAccount } from '#server/features/settings/channel-accounts.steps.ts'
import type { WebhookRequest } from '#server/platform/http-route.ts'
import { refuseWebhook } from './refuse.ts'

type DoorContext = Pick<Context, 'config' | 'db' | 'secrets' | 'clock'>

export interface TwilioText<Fields> {
  channel: TwilioChannel
  /** Null: signed by us, but for a number nobody configured. */
  account: AccountWithSecrets | null
  fields: Fields
}

/**
 * Reads a webhook about a text: who is addressed, whether it is signed for them, and the fields we use. `ours` names the
 * field that holds our own number. Throws the refusal: 400 for the shape, 403 for the signature, 413 for too many parameters.
 */
export async function readTwilioText<Schema extends z.ZodType>(context: DoorContext, request: WebhookRequest, schema: Schema, ours: 'To' | 'From'): Promise<TwilioText<z.output<Schema>>> {
  const form = readForm(request.rawBody)
  if (!form.ok) throw refuseWebhook('sms', form.status, form.reason)
  const address = readTwilioAddress(form.params[ours] ?? '')
  const channel = address?.channel ?? 'sms'
  const row = address ? await findChannelAccount(context.db, channel, address.value) : undefined
  const account = row ? openAccount(context.secrets, row) : null
  const verdict = verifyTwilioRequest({ url: request.url, params: form.params, signature: request.headers['x-twilio-signature'] }, account, context.config, context.clock.now())
  if (!verdict.ok) throw refuseWebhook(channel, 403, verdict.reason)
  const fields = schema.safeParse(form.params)
  if (!fields.success) throw refuseWebhook(channel, 400, 'fields')
  return { channel, account, fields: fields.data }
}
