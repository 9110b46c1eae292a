/** Proving an address from the widget: a code goes to it and comes back. What was typed is a claim until then. */
import { randomInt, timingSafeEqual } from 'node:crypto'
import { customerTexts } from '#contract/i18n/customer.ts'
import { mayDial } from '#server/channels/voice/dialling.ts'
import { codeLifeMs, judgeCode, normaliseAddress, type Address } from '#server/domain/identity.ts'
import { commit } from '#server/platform/effects.ts'
import { newId } from '#server/platform/ids.ts'
import { hashToken } from '#server/platform/secrets.ts'
import type { Tx } from '#server/platform/db.ts'
import { findIdentity } from '../customers/customers.steps.ts'
import { provedTogether } from '../customers/customers.usecases.ts'
import { insertOutbound } from '../outbound/outbound.store.ts'
import { badAddress, tooMany, unavailable, wrongCode } from './webchat.errors.ts'
import { addProvedIdentity } from './webchat.store.ts'
import { requireSight } from './webchat.usecases.ts'
import { visitorAddress, type Visitor, type VisitorContext } from './webchat.visitors.ts'

interface Target {
  kind: 'email' | 'phone'
  value: string
}

/** Codes in an hour and in a day: counted in rows, so that they hold over all processes. The address is the one that suffers, so it has the least. */
const hourMs = 3_600_000
const caps = [{ perMs: hourMs, address: 3, visitor: 5, site: 200 }, { perMs: 24 * hourMs, address: 8, visitor: 10, site: 1_000 }]

/** Sends a code to a typed address, by the company's first account that reaches it. The answer says nothing of whom it belongs to. */
export async function requestCode(context: VisitorContext, visitor: Visitor, target: Target): Promise<void> {
  const address = addressOf(target)
  const sight = await requireSight(context, visitor)
  const now = context.clock.now()
  const code = String(randomInt(0, 1_000_000)).padStart(6, '0')
  const say = customerTexts(visitor.locale)
  const words = { subject: say('code.mailSubject', { site: visitor.site.name }), text: say('code.text', { code, site: visitor.site.name }) }
  await commit(context, now, async (tx, effects) => {
    const account = await accountReaching(tx, target.kind, address.value)
    if (!account) throw unavailable()
    await requireCaps(tx, { address, visitorId: visitor.id, siteId: visitor.site.id }, now)
    await tx.execute(
      `insert into one_time_code (id, visitor_id, customer_id, kind, value, code_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [newId(now), visitor.id, sight.customerId, address.kind, address.value, codeHash(visitor.id, code), now, new Date(now.getTime() + codeLifeMs)])
    const lane = `code:${address.kind}:${address.value}`
    insertOutbound(tx, {
      lane, kind: 'message', channel: account.channel, accountId: account.id, address: address.value, payload: { sealed: context.secrets.sealSecret(JSON.stringify(words)) },
    }, now)
    effects.wake('deliver', lane)
  })
}

/** Takes the code back: the address is proved, together with this visitor and the site user signed in on it. */
export async function returnCode(context: VisitorContext, visitor: Visitor, answer: Target & { code: string }): Promise<void> {
  const address = addressOf(answer)
  const now = context.clock.now()
  const isRight = await context.db.tx((tx) => judge(tx, visitor.id, address, answer.code, now))
  if (!isRight) throw wrongCode()
  const identities: Address[] = [visitorAddress(visitor.site.id, visitor.id), ...(visitor.siteUser ? [{ kind: 'site-user' as const, realm: visitor.site.id, value: visitor.siteUser.sub }] : []), address]
  await provedTogether(context, { identities, proof: 'code', at: now })
  const proved = await findIdentity(context.db, address)
  if (proved) await context.db.tx((tx) => addProvedIdentity(tx, visitor.id, proved.identityId))
}

/** A wrong try is counted in this transaction and must be committed, so the answer is returned and not thrown. */
async function judge(tx: Tx, visitorId: string, address: Address, given: string, now: Date): Promise<boolean> {
  const code = await tx.maybe<{ id: string; codeHash: string; tries: number; sentAt: Date; isUsed: boolean }>(
    `select id, code_hash as "codeHash", tries, created_at as "sentAt", used_at is not null as "isUsed" from one_time_code
     where visitor_id = $1 and kind = $2 and value = $3 order by created_at desc limit 1 for update`, [visitorId, address.kind, address.value])
  if (!code) return false
  const matches = timingSafeEqual(Buffer.from(code.codeHash), Buffer.from(codeHash(visitorId, given)))
  const verdict = judgeCode(code, matches, now)
  await tx.execute('update one_time_code set tries = tries + 1, used_at = case when $2 then $3::timestamptz else used_at end where id = $1', [code.id, verdict.ok, now])
  return verdict.ok
}

function addressOf(target: Target): Address {
  const normalised = normaliseAddress(target.kind, '', target.value)
  // A stranger names the number and the company pays: only where calls may go, never a premium rate.
  if (normalised.is !== 'address' || (target.kind === 'phone' && !mayDial(normalised.address.value).ok)) throw badAddress()
  return normalised.address
}

/** Bound to the visitor, so that six digits are worth nothing to anybody else who learns the hash. */
function codeHash(visitorId: string, code: string): string {
  return hashToken(`${visitorId}:${code}`)
}

async function accountReaching(tx: Tx, kind: Target['kind'], address: string): Promise<{ id: string; channel: 'email' | 'sms' } | undefined> {
  return tx.maybe(
    `select ca.id, ca.channel from channel_account ca
     where ca.channel = $1 and ca.retired_at is null and not ca.staff_only
       and not exists (select 1 from opt_out o where o.account_id = ca.id and o.address = $2)
     order by ca.created_at, ca.id limit 1`, [kind === 'email' ? 'email' : 'sms', address])
}

async function requireCaps(tx: Tx, who: { address: Address; visitorId: string; siteId: string }, now: Date): Promise<void> {
  // One at a time per site: two at once would each count without the other.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`codes ${who.siteId}`])
  for (const cap of caps) {
    const sent = await tx.one<{ address: number; visitor: number; site: number }>(
      `select count(*) filter (where c.kind = $1 and c.value = $2)::int as address, count(*) filter (where c.visitor_id = $3)::int as visitor,
         count(*) filter (where v.account_id = $4)::int as site
       from one_time_code c left join visitor v on v.id = c.visitor_id where c.created_at > $5`,
      [who.address.kind, who.address.value, who.visitorId, who.siteId, new Date(now.getTime() - cap.perMs)])
    if (sent.address >= cap.address || sent.visitor >= cap.visitor || sent.site >= cap.site) throw tooMany()
  }
}
