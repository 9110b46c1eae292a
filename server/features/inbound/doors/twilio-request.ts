import type * as z from 'zod'
import type { Channel } from '#contract/words.ts'
import type { Context } from '#server/context.ts'
import type { AccountWithSecrets } from '#server/channels/channel.ts'
import { readTwilioAddress, type TwilioChannel } from '#server/channels/twilio/address.ts'
import { readForm } from '#server/channels/twilio/form.ts'
import { verifyTwilioRequest } from '#server/channels/twilio/verify.ts'
import { callFields, type CallFields } from '#server/channels/voice/fields.ts'
import { openAccountAt } from '#server/features/settings/channel-accounts.steps.ts'
import type { WebhookRequest } from '#server/platform/http-route.ts'
import { refuseWebhook } from './refuse.ts'

type DoorContext = Pick<Context, 'config' | 'db' | 'secrets' | 'clock'>
type Params = Record<string, string>

interface Addressed<C extends Channel> {
  channel: C
  /** Our own number; null when what stands there is none. */
  value: string | null
}

export interface SignedForm<C extends Channel, Fields> {
  channel: C
  /** Null: signed by us, but for a number nobody configured. */
  account: AccountWithSecrets | null
  fields: Fields
}

/**
 * Reads a webhook: who is addressed, whether it is signed for them, and the fields we use. Throws the refusal: 400 for the
 * shape, 403 for the signature, 413 for too many parameters.
 */
async function readSignedForm<C extends Channel, Schema extends z.ZodType>(context: DoorContext, request: WebhookRequest, schema: Schema, fallback: C, addressed: (params: Params) => Addressed<C>): Promise<SignedForm<C, z.output<Schema>>> {
  const form = readForm(request.rawBody)
  if (!form.ok) throw refuseWebhook(fallback, form.status, form.reason)
  const { channel, value } = addressed(form.params)
  const verify = async (isFresh: boolean) => {
    const account = value === null ? null : await openAccountAt(context, channel, value, isFresh)
    return { account, verdict: verifyTwilioRequest({ url: request.url, params: form.params, signature: request.headers['x-twilio-signature'] }, account, context.config, context.clock.now()) }
  }
  const remembered = await verify(false)
  const { account, verdict } = remembered.verdict.ok ? remembered : await verify(true)
  if (!verdict.ok) throw refuseWebhook(channel, 403, verdict.reason)
  const fields = schema.safeParse(form.params)
  if (!fields.success) throw refuseWebhook(channel, 400, 'fields')
  return { channel, account, fields: fields.data }
}

/** A webhook about a text. `ours` names the field that holds our own number. */
export function readTwilioText<Schema extends z.ZodType>(context: DoorContext, request: WebhookRequest, schema: Schema, ours: 'To' | 'From'): Promise<SignedForm<TwilioChannel, z.output<Schema>>> {
  return readSignedForm(context, request, schema, 'sms', (params) => {
    const address = readTwilioAddress(params[ours] ?? '')
    return { channel: address?.channel ?? 'sms', value: address?.value ?? null }
  })
}

/** A webhook about a leg of a call. Our number is whom the customer called, and who calls the agent. */
export function readTwilioCall(context: DoorContext, request: WebhookRequest): Promise<SignedForm<'voice', CallFields>> {
  return readSignedForm(context, request, callFields, 'voice', (params) => ({ channel: 'voice', value: (params['Direction']?.startsWith('outbound') ? params['From'] : params['To']) ?? null }))
}

/** Both share one address at the provider: what is about a call names a call and no message. */
export function isAboutCall(request: WebhookRequest): boolean {
  const form = readForm(request.rawBody)
  return form.ok && form.params['CallSid'] !== undefined && form.params['MessageSid'] === undefined
}
