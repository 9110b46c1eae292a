/** What a visitor sees follows what their session proved, never what was merged. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#server/platform/ids.ts'
import { acceptSuggestion, mergeCustomers } from '#server/features/customers/customers.usecases.ts'
import { requestCode } from '#server/features/webchat/webchat.codes.ts'
import { roomsChatting } from '#server/features/webchat/webchat.steps.ts'
import { storeVisitor, type Visitor } from '#server/features/webchat/webchat.visitors.ts'
import { newToken } from '#server/platform/secrets.ts'
import { ask, send, startVisitorHub, type VisitorHub } from '../features/support/visitor-hub.ts'

let hub: VisitorHub
beforeAll(async () => { hub = await startVisitorHub() }, 60_000)
afterAll(() => hub.stop())

const clientId = (): string => `client-${newId()}`
const supervisor = () => ({ staffId: hub.ids.agent, role: 'supervisor' as const })
const customerOf = async (visitorId: string): Promise<string> =>
  (await hub.db.one<{ id: string }>('select i.customer_id as id from visitor v join identity i on i.id = v.identity_id where v.id = $1', [visitorId])).id

test('two accounts of one site with one shared address, merged by a person: neither widget shows the other\'s chat', async () => {
  const family = { email: 'family@home.example', email_verified: true }
  const tom = await hub.visit({ siteToken: await hub.siteToken({ sub: 'tom-1', name: 'Tom', ...family }) })
  await send(tom.socket, clientId(), 'a surprise for Ines')
  const ines = await hub.visit({ siteToken: await hub.siteToken({ sub: 'ines-1', name: 'Ines', ...family }) })
  await send(ines.socket, clientId(), 'where is my parcel?')
  const suggestion = await hub.db.one<{ id: string }>(`select id from merge_suggestion where state = 'open' and $1 in (customer_a_id, customer_b_id)`, [await customerOf(ines.visitorId)])
  await acceptSuggestion(hub.context, supervisor(), { suggestionId: suggestion.id })
  expect(await customerOf(ines.visitorId)).toBe(await customerOf(tom.visitorId))
  for (const [sub, name, own, others] of [['ines-1', 'Ines', 'where is my parcel?', 'a surprise for Ines'], ['tom-1', 'Tom', 'a surprise for Ines', 'where is my parcel?']] as const) {
    const { snapshot } = await hub.visit({ siteToken: await hub.siteToken({ sub, name, ...family }) })
    expect(JSON.stringify(snapshot)).toContain(own)
    expect(JSON.stringify(snapshot)).not.toContain(others)
  }
  // Not even by proving the shared address again: it is both's.
  const again = await hub.visit({ siteToken: await hub.siteToken({ sub: 'ines-1', name: 'Ines', ...family }) })
  await ask(again.socket, 'requestCode', { kind: 'email', value: family.email })
  const { sealed } = await hub.db.one<{ sealed: string }>(`select payload->>'sealed' as sealed from outbound where address = $1 order by position desc limit 1`, [family.email])
  const code = /\b\d{6}\b/.exec(hub.context.secrets.openSecret(sealed))![0]
  expect(await ask(again.socket, 'returnCode', { kind: 'email', value: family.email, code })).toMatchObject({ ok: true })
  const { snapshot } = await ask(again.socket, 'sync', { seq: null })
  expect(JSON.stringify(snapshot)).not.toContain('a surprise for Ines')
})

test('a merge by hand of two strangers opens no door of one to the other', async () => {
  const [victim, attacker] = [await hub.visit(), await hub.visit()]
  const { message } = await send(victim.socket, clientId(), 'my card was stolen')
  const { ticket } = await ask(victim.socket, 'uploadTicket')
  const upload = await fetch(`${hub.url}/api/v1/visitor/uploads`, { method: 'POST', body: 'a passport', headers: { authorization: `Visitor ${ticket}`, 'x-file-name': 'passport.txt' } })
  const { id: uploadId } = await upload.json() as { id: string }
  const [attachment] = (await send(victim.socket, clientId(), '', [uploadId])).message.attachments
  await send(attacker.socket, clientId(), 'hello')
  await hub.accept(victim.visitorId)
  await mergeCustomers(hub.context, supervisor(), { survivorId: await customerOf(attacker.visitorId), foldedId: await customerOf(victim.visitorId) })
  const answerId = await hub.answer(victim.visitorId, 'we have blocked it')
  await hub.context.relay.flush()

  const again = await hub.visit({ token: attacker.token })
  for (const seen of [again.snapshot, attacker.envelopes, await ask(again.socket, 'sync', { seq: 0 }), await ask(again.socket, 'earlier', { beforeMessageId: answerId, limit: 100 })]) {
    expect(JSON.stringify(seen)).not.toMatch(/stolen|blocked|passport/)
  }
  expect(await ask(again.socket, 'fileLink', { attachmentId: attachment!.id })).toMatchObject({ ok: false, code: 'not-found' })
  await ask(again.socket, 'read', { messageId: answerId })
  expect((await hub.db.one<{ status: string }>('select status from message where id = $1', [answerId])).status).toBe('sent')
  expect(JSON.stringify((await hub.visit({ token: victim.token })).snapshot)).toMatch(/stolen.*blocked/s)
  expect(message.text).toBe('my card was stolen')
})

test('after a merge by hand an agent\'s typing is shown to whoever would read the answer, and to nobody for another channel', async () => {
  const [one, other] = [await hub.visit(), await hub.visit()]
  for (const { socket } of [one, other]) await send(socket, clientId(), 'hello')
  await mergeCustomers(hub.context, supervisor(), { survivorId: await customerOf(one.visitorId), foldedId: await customerOf(other.visitorId) })
  const identityOf = async (visitorId: string) => (await hub.db.one<{ id: string; conversationId: string }>(
    'select i.id, co.id as "conversationId" from visitor v join identity i on i.id = v.identity_id join conversation co on co.customer_id = i.customer_id where v.id = $1', [visitorId]))
  const { id, conversationId } = await identityOf(one.visitorId)
  expect(await roomsChatting(hub.db, conversationId, id)).toEqual([`visitor:${one.visitorId}`])
  expect(await roomsChatting(hub.db, conversationId, (await identityOf(other.visitorId)).id)).toEqual([`visitor:${other.visitorId}`])
  expect(await roomsChatting(hub.db, conversationId, newId())).toEqual([])
})

test('what was only typed proves nothing: the mailbox of somebody else stays closed', async () => {
  const owner = await hub.visit({ siteToken: await hub.siteToken({ sub: 'owner', name: 'Owner', email: 'owner@home.example' }) })
  await send(owner.socket, clientId(), 'only for the owner')
  const stranger = await hub.visit()
  await ask(stranger.socket, 'introduce', { name: 'Owner', email: 'owner@home.example' })
  await send(stranger.socket, clientId(), 'it is me')
  expect(JSON.stringify((await hub.visit({ token: stranger.token })).snapshot)).not.toContain('only for the owner')
  const unverified = await hub.visit({ siteToken: await hub.siteToken({ sub: 'eve', email: 'owner@home.example', email_verified: false }) })
  expect(JSON.stringify(unverified.snapshot)).not.toContain('only for the owner')
})

test.each(['+19005550100', '+881612345678', '+8821612345678', '+37612345678', '12345', 'LAMPSHOP', '+44 70 1234 5678'])('no code goes to %s: a stranger names it and the company pays', async (value) => {
  const { socket } = await hub.visit()
  const before = await hub.db.one('select count(*)::int as n from outbound')
  expect(await ask(socket, 'requestCode', { kind: 'phone', value })).toMatchObject({ ok: false, code: 'bad-address' })
  expect(await hub.db.one('select count(*)::int as n from outbound')).toEqual(before)
})

test('one address gets a few codes in an hour and in a day, from however many visitors at once', async () => {
  // Below the socket: the limits of this machine's own address are another matter.
  const ask4 = async (): Promise<number> => {
    const asked = await Promise.allSettled([1, 2, 3, 4].map(async () => {
      const visitor: Visitor = { id: newId(), site: { id: hub.ids.site, name: 'Hillside Lamps' }, locale: 'en', pageUrl: null, siteUser: null, token: newToken(), isStored: false }
      await storeVisitor(hub.context, visitor)
      await requestCode(hub.context, visitor, { kind: 'email', value: 'flooded@home.example' })
    }))
    return asked.filter(({ status }) => status === 'fulfilled').length
  }
  const sent = [await ask4()]
  for (let hour = 1; hour <= 4; hour++) {
    hub.clock.advance(61 * 60_000)
    sent.push(await ask4())
  }
  expect(sent).toEqual([3, 3, 2, 0, 0])
})
