/** A person on the line is who they say: a code goes to an address that was proved before, and they read it back. */
import { randomInt, timingSafeEqual } from 'node:crypto'
import { customerTexts } from '#contract/i18n/customer.ts'
import { localeFrom } from '#contract/i18n/i18n.ts'
import type { Context } from '../../context.ts'
import { codeLifeMs, judgeCode } from '../../domain/identity.ts'
import { commit } from '../../platform/effects.ts'
import { notFound } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { hashToken } from '../../platform/secrets.ts'
import type { Tx } from '../../platform/db.ts'
import { recordAudit } from '../audit/audit.steps.ts'
import { contactEvent, settleContact } from '../contacts/contacts.steps.ts'
import { loadOpenContact } from '../contacts/contacts.store.ts'
import { insertOutbound } from '../outbound/outbound.store.ts'
import { noAccountReaches, noProvedAddress, tooManyCodes, wrongCode } from './customers.errors.ts'
import { lockConversationOf } from './customers.steps.ts'
import { maySeeCustomer, type Viewer } from './customers.visibility.ts'

type VerifyContext = Pick<Context, 'db' | 'jobs' | 'relay' | 'clock' | 'secrets'>

const hourMs = 3_600_000
const codesPerHour = 3

/** Sends a code to one of the customer's proved addresses, mail or text. Never to what somebody only said. */
export async function sendVerification(context: VerifyContext, viewer: Viewer, verification: { customerId: string; identityId: string }): Promise<void> {
  const at = context.clock.now()
  const { customerId, identityId } = verification
  const code = String(randomInt(0, 1_000_000)).padStart(6, '0')
  await commit(context, at, async (tx, effects) => {
    await lockConversationOf(tx, customerId, at)
    const address = await requireAddress(tx, viewer, customerId, identityId)
    if (address.evidence !== 'proved') throw noProvedAddress()
    const account = await accountReaching(tx, address)
    if (!account) throw noAccountReaches()
    const { sent } = await tx.one<{ sent: number }>('select count(*)::int as sent from one_time_code where kind = $1 and value = $2 and created_at > $3', [address.kind, address.value, new Date(at.getTime() - hourMs)])
    if (sent >= codesPerHour) throw tooManyCodes()
    await tx.execute(
      'insert into one_time_code (id, customer_id, kind, value, code_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)',
      [newId(at), customerId, address.kind, address.value, codeHash(identityId, code), at, new Date(at.getTime() + codeLifeMs)])
    const say = customerTexts(localeFrom(address.locale ?? undefined))
    const words = { subject: say('code.mailSubject', { site: account.name }), text: say('code.text', { code, site: account.name }) }
    const lane = `code:${address.kind}:${address.value}`
    insertOutbound(tx, { lane, kind: 'message', channel: account.channel, accountId: account.id, address: address.value, payload: { sealed: context.secrets.sealSecret(JSON.stringify(words)) } }, at)
    await recordAudit(tx, { actorId: viewer.staffId, action: 'customer.verification-sent', target: { kind: 'customer', id: customerId }, facts: { identityId }, at })
    effects.wake('deliver', lane)
  })
}

/** Takes the code as it was read back. Right: the open contact is verified from here on. */
export async function confirmVerification(context: VerifyContext, viewer: Viewer, answer: { customerId: string; identityId: string; code: string }): Promise<void> {
  const at = context.clock.now()
  // A wrong try is counted and must be committed, so the refusal is thrown after the transaction.
  const isRight = await commit(context, at, async (tx, effects) => {
    const conversation = await lockConversationOf(tx, answer.customerId, at)
    const address = await requireAddress(tx, viewer, answer.customerId, answer.identityId)
    const held = await tx.maybe<{ id: string; codeHash: string; tries: number; sentAt: Date; isUsed: boolean }>(
      `select id, code_hash as "codeHash", tries, created_at as "sentAt", used_at is not null as "isUsed" from one_time_code
       where customer_id = $1 and visitor_id is null and kind = $2 and value = $3 order by created_at desc, id desc limit 1 for update`, [answer.customerId, address.kind, address.value])
    if (!held) return false
    const verdict = judgeCode(held, timingSafeEqual(Buffer.from(held.codeHash), Buffer.from(codeHash(answer.identityId, answer.code))), at)
    await tx.execute('update one_time_code set tries = tries + 1, used_at = case when $2 then $3::timestamptz else used_at end where id = $1', [held.id, verdict.ok, at])
    if (!verdict.ok) return false
    await recordAudit(tx, { actorId: viewer.staffId, action: 'customer.verified', target: { kind: 'customer', id: answer.customerId }, facts: { identityId: answer.identityId }, at })
    const open = await loadOpenContact(tx, conversation.id)
    if (open) effects.tell(contactEvent('contact.changed', conversation, await settleContact(tx, open.id, { unverified: false }, at)))
    return true
  })
  if (!isRight) throw wrongCode()
}

interface ReachedAddress {
  kind: 'phone' | 'email'
  value: string
  evidence: string
  locale: string | null
}

async function requireAddress(tx: Tx, viewer: Viewer, customerId: string, identityId: string): Promise<ReachedAddress> {
  if (!(await maySeeCustomer(tx, viewer, customerId))) throw notFound()
  const address = await tx.maybe<ReachedAddress>(
    `select i.kind, i.value, i.evidence, cu.locale from identity i join customer cu on cu.id = i.customer_id where i.id = $1 and i.customer_id = $2 and i.kind in ('phone', 'email')`, [identityId, customerId])
  if (!address) throw notFound()
  return address
}

/** Bound to the identity, so that six digits are worth nothing elsewhere. */
function codeHash(identityId: string, code: string): string {
  return hashToken(`${identityId}:${code}`)
}

async function accountReaching(tx: Tx, address: ReachedAddress): Promise<{ id: string; name: string; channel: 'email' | 'sms' } | undefined> {
  return tx.maybe(
    `select ca.id, ca.name, ca.channel from channel_account ca where ca.channel = $1 and ca.retired_at is null and not ca.staff_only
       and not exists (select 1 from opt_out o where o.account_id = ca.id and o.address = $2) order by ca.created_at, ca.id limit 1`,
    [address.kind === 'email' ? 'email' : 'sms', address.value])
}
