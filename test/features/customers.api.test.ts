import { afterAll, beforeAll, expect, test } from 'vitest'
import { newNumber, twilioText } from '../support/factories.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'

let hub: TestHub
let robin: Staff
let lena: Staff
beforeAll(async () => {
  hub = await startTestHub({ simulator: false, works: false })
  robin = await hub.signIn('robin')
  lena = await hub.signIn('lena')
})
afterAll(() => hub.stop())

async function customerOf(number: string, ...texts: string[]) {
  for (const text of texts) expect((await twilioText(hub.config, { from: number, text })).status).toBe(200)
  const { items } = await robin.must('GET', `/customers?identity=${encodeURIComponent(number)}`)
  expect(items).toHaveLength(1)
  return items[0]
}

test('a customer is found by their address and read in the order it happened, page by page', async () => {
  const number = newNumber()
  const customer = await customerOf(number, 'one', 'two', 'three')
  expect(customer).toMatchObject({ label: number, identities: [{ kind: 'phone', value: number, evidence: 'proved' }] })
  const texts: string[] = []
  let cursor: string | null = null
  do {
    const page: { items: { text: string; seq: number; direction: string }[]; nextCursor: string | null } = await robin.must('GET', `/customers/${customer.id}/conversation?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
    texts.push(...page.items.filter((item) => item.direction === 'inbound').map((item) => item.text))
    cursor = page.nextCursor
  } while (cursor)
  expect(texts).toEqual(['one', 'two', 'three'])
  expect(await robin.call('GET', `/customers/${customer.id}/conversation?cursor=made-up`)).toMatchObject({ status: 400, code: 'list.bad-cursor' })
})

test('two customers are merged, read as one under both ids, and taken apart after a preview', async () => {
  const [a, b] = [await customerOf(newNumber(), 'from my phone'), await customerOf(newNumber(), 'from my other phone')]
  const { mergeId } = await robin.must('POST', '/merges', { survivorId: a.id, foldedId: b.id })
  expect(await robin.call('POST', '/merges', { survivorId: b.id, foldedId: a.id })).toMatchObject({ status: 409, code: 'merge.already-merged' })
  expect(await robin.call('POST', '/merges', { survivorId: a.id, foldedId: a.id })).toMatchObject({ status: 400, code: 'merge.same-customer' })
  const merged = await robin.must('GET', `/customers/${b.id}`)
  expect(merged).toMatchObject({ id: a.id, merges: [{ id: mergeId, foldedLabel: b.label }] })
  const read = async (id: string) => (await robin.must('GET', `/customers/${id}/conversation`)).items.filter((item: { direction: string }) => item.direction === 'inbound').map((item: { text: string }) => item.text)
  expect(await read(a.id)).toEqual(['from my phone', 'from my other phone'])
  expect(await robin.must('GET', `/merges/${mergeId}/undo-preview`)).toMatchObject({ survivorId: a.id, foldedId: b.id, reopens: true })
  await robin.must('POST', `/merges/${mergeId}/undo`)
  expect([await read(a.id), await read(b.id)]).toEqual([['from my phone'], ['from my other phone']])
  expect(await robin.call('POST', `/merges/${mergeId}/undo`, { reason: 'twice' })).toMatchObject({ status: 409, code: 'merge.already-undone' })
  expect((await robin.must('GET', `/contacts?customerId=${b.id}`)).items).toMatchObject([{ state: 'waiting' }])
})

test('search finds by name, address and text; a change on an old version is refused', async () => {
  const number = newNumber()
  const customer = await customerOf(number, 'my chandelier hums at night')
  await robin.must('PATCH', `/customers/${customer.id}`, { version: customer.version, name: 'Zsófia Nagy', company: 'Nagy Kft', attributes: { plan: 'pro' } })
  expect(await robin.call('PATCH', `/customers/${customer.id}`, { version: customer.version, name: 'Sofia' })).toMatchObject({ status: 409, code: 'customer.changed' })
  for (const q of ['zsófia', number.slice(-7), 'chandelier hums']) {
    const hits = await robin.must('GET', `/search?q=${encodeURIComponent(q)}`)
    expect([...hits.customers.map((hit: { id: string }) => hit.id), ...hits.messages.map((hit: { conversationId: string }) => hit.conversationId)], q).toContain(q === 'chandelier hums' ? customer.conversationId : customer.id)
  }
  expect(await robin.call('GET', '/search?q=x')).toMatchObject({ status: 400 })
  expect(await robin.must('GET', '/search?q=%25%25%25')).toEqual({ customers: [], contacts: [], messages: [] })
})

test('who may not see a customer is told there is none, whatever they ask', async () => {
  const customer = await customerOf(newNumber(), 'secret lamp')
  const other = await customerOf(newNumber(), 'other lamp')
  const team = await hub.db.one<{ id: string }>('select team_id as id from conversation_team where conversation_id = $1', [customer.conversationId])
  await hub.db.execute('delete from team_member where agent_id = $1 and team_id = $2', [lena.id, team.id])
  const asks: [string, string, unknown?][] = [
    ['GET', `/customers/${customer.id}`], ['GET', `/customers/${customer.id}/conversation`], ['PATCH', `/customers/${customer.id}`, { version: 1, name: 'x' }], ['POST', '/merges', { survivorId: customer.id, foldedId: other.id }],
    ['POST', `/customers/${customer.id}/verifications`, { identityId: customer.identities[0].id }], ['POST', `/customers/${customer.id}/verifications/confirm`, { identityId: customer.identities[0].id, code: '123456' }],
  ]
  for (const [method, path, body] of asks) expect(await lena.call(method, path, body), `${method} ${path}`).toMatchObject({ status: 404, code: 'not-found' })
  expect((await lena.must('GET', `/customers?identity=${encodeURIComponent(customer.identities[0].value)}`)).items).toEqual([])
  expect(await lena.must('GET', '/search?q=secret%20lamp')).toEqual({ customers: [], contacts: [], messages: [] })
  await hub.db.execute('insert into team_member (team_id, agent_id) values ($1, $2)', [team.id, lena.id])
})

test('a code goes to a proved address only, and read back it verifies the contact', async () => {
  const customer = await customerOf(newNumber(), 'is it really me?')
  await hub.db.execute('update contact set unverified = true where conversation_id = $1', [customer.conversationId])
  const path = `/customers/${customer.id}/verifications`
  const identityId = customer.identities[0].id
  await robin.must('POST', path, { identityId })
  const sent = await hub.db.one<{ payload: { sealed: string } }>('select payload from outbound where address = $1 and lane like $2', [customer.identities[0].value, 'code:%'])
  const code = /\d{6}/.exec(hub.context.secrets.openSecret(sent.payload.sealed))?.[0] ?? ''
  const wrong = code === '000000' ? '000001' : '000000'
  expect(await robin.call('POST', `${path}/confirm`, { identityId, code: wrong })).toMatchObject({ status: 409, code: 'verify.wrong-code' })
  await robin.must('POST', `${path}/confirm`, { identityId, code })
  expect(await hub.db.one('select unverified from contact where conversation_id = $1', [customer.conversationId])).toEqual({ unverified: false })
  expect(await robin.call('POST', `${path}/confirm`, { identityId, code })).toMatchObject({ code: 'verify.wrong-code' })
  await hub.db.execute(`update identity set evidence = 'claimed' where id = $1`, [identityId])
  expect(await robin.call('POST', path, { identityId })).toMatchObject({ status: 409, code: 'verify.not-proved' })
})
