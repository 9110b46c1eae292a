/** Every route of the API, asked by an agent for what is another team's: refused as if it were not there, and nothing of it told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiRoutes } from '#server/app.ts'
import { newId } from '#server/platform/ids.ts'
import { nothing } from '../../docs/generate.ts'
import { secret, startCompany, type Company } from './company.ts'

let company: Company
beforeAll(async () => { company = await startCompany() }, 60_000)
afterAll(() => company.stop())

const routes = apiRoutes(nothing(), nothing())
const forAgents = routes.filter((route) => route.roles === 'signed-in')
/** Settings all staff read, and what is one's own. */
const harmless = /^\/api\/v1\/(me\b|sessions|teams|skills|dispositions|calendars|sla-policies|surveys|queues|channel-accounts|agents|presence|causes|departments|notifications\/read|voice\/token)/
const pathOf = (path: string): string => path.replace('/api/v1', '')

const later = (): string => new Date(Date.now() + 3_600_000).toISOString()
const clientId = (): string => `client-${newId()}`

/** A body each route would take from somebody who may; a new route with one has to be listed. */
function bodyOf(path: string, target: Company['restricted'] & Partial<Company['foreign']>): unknown {
  const said = { clientId: clientId(), text: 'I should not be here', attachmentIds: [] }
  const way = { channel: 'email', identityId: target.identityId, accountId: target.accountId }
  const bodies: Record<string, unknown> = {
    '/contacts/:id/return': { note: 'give it back' }, '/contacts/:id/consult': { agentId: company.wei.id, note: null }, '/contacts/:id/leave-consult': {}, '/contacts/:id/hold': { onHold: true }, '/contacts/:id/needs': { priority: 5 },
    '/contacts/:id/close': { dispositionId: null, settle: true }, '/contacts/:id/snooze': { untilAt: later() }, '/contacts/:id/transfer': { queueId: null, agentId: company.wei.id },
    '/offers/:id/decline': {}, '/conversations/:id/messages': { kind: 'reply', ...said, ...way }, '/conversations/:id/read': { messageId: target.messageId },
    '/conversations': { customerId: target.customerId, queueId: newId(), ...said, ...way }, '/customers/:id': { version: 1, name: 'Mallory' }, '/customers/:id/verifications': { identityId: target.identityId },
    '/customers/:id/verifications/confirm': { identityId: target.identityId, code: '123456' }, '/merge-suggestions/:id/accept': {}, '/merges': { survivorId: company.restricted.customerId, foldedId: target.customerId },
    '/merges/:id/undo': {}, '/follow-ups': { customerId: target.customerId, contactId: target.contactId, title: 'mine now', dueAt: later() }, '/follow-ups/:id': { ownerId: company.wei.id },
  }
  if (!(path in bodies)) throw new Error(`${path} has a body this matrix does not know`)
  return bodies[path]
}

function idOf(path: string, target: Company['foreign']): string {
  const ids: Record<string, string> = {
    contacts: target.contactId, offers: target.offerId, conversations: target.conversationId, messages: target.messageId, customers: target.customerId, 'merge-suggestions': target.suggestionId, merges: target.mergeId,
    attachments: target.attachmentId, 'follow-ups': target.followUpId, notifications: newId(),
  }
  const id = ids[path.split('/')[1] ?? '']
  if (!id) throw new Error(`${path} names something this matrix does not know`)
  return id
}

describe('an agent of another team', () => {
  const named = forAgents.filter((route) => !harmless.test(route.path) && (route.params !== undefined || route.method !== 'GET'))

  test.each(named.map((route) => [`${route.method} ${pathOf(route.path)}`, route] as const))('is told by %s that there is nothing', async (_name, route) => {
    const path = pathOf(route.path)
    const answer = await company.wei.call(route.method, route.params ? path.replace(':id', idOf(path, company.foreign)) : path, route.body ? bodyOf(path, company.foreign) : undefined)
    expect(answer).toMatchObject({ status: 404, code: 'not-found' })
    expect(JSON.stringify(answer.body)).not.toMatch(new RegExp(`${secret}|${company.foreign.customerId}|${company.foreign.conversationId}`))
  })

  test.each([
    '/contacts', '/contacts?list=all', '/contacts?list=waiting', '/customers', `/customers?q=${secret}`, `/search?q=${secret}`, '/merge-suggestions', '/follow-ups', '/follow-ups?view=due', '/standings', '/notifications',
  ])('finds nothing in %s', async (path) => {
    if (path === '/standings') await company.hub.db.execute(`insert into customer_standing (customer_id, stage, reasons, frequency, since, computed_at) values ($1, 'prospect', '[]', 0, now(), now()) on conflict do nothing`, [company.foreign.customerId])
    const ids = [company.foreign.customerId, company.foreign.contactId, company.foreign.conversationId, company.restricted.contactId, company.restricted.followUpId]
    const queries = [path, ...(path === '/contacts' ? [`/contacts?customerId=${company.foreign.customerId}`, `/contacts?queueId=${(await queueId('Repairs'))}`, `/contacts?customerId=${company.restricted.customerId}`, `/contacts?queueId=${await queueId('Accounts')}`] : []), ...(path === '/standings' ? [`/standings?customerId=${company.foreign.customerId}`] : []), ...(path === '/customers' ? [`/customers?identity=${secret}.foreign%40example.org`] : [])]
    for (const query of queries) {
      const text = JSON.stringify(await company.wei.must('GET', query))
      expect(text).not.toContain(secret)
      for (const id of ids) expect(text).not.toContain(id)
    }
  })

  test('is refused what other roles do', async () => {
    for (const route of routes.filter((one) => Array.isArray(one.roles))) {
      const answer = await company.wei.call(route.method, pathOf(route.path).replace(':id', newId()), route.body ? {} : undefined)
      expect({ route: `${route.method} ${route.path}`, status: answer.status }).toEqual({ route: `${route.method} ${route.path}`, status: 403 })
    }
  })
})

describe('an agent who sees the customer, but not the contact of a restricted queue', () => {
  const about = forAgents.filter((route) => route.path.startsWith('/api/v1/contacts/:id'))

  test.each(about.map((route) => [`${route.method} ${pathOf(route.path)}`, route] as const))('is told by %s that there is nothing', async (_name, route) => {
    const path = pathOf(route.path)
    expect(await company.wei.call(route.method, path.replace(':id', company.restricted.contactId), route.body ? bodyOf(path, company.restricted) : undefined)).toMatchObject({ status: 404 })
    expect(await ownerOf(company.restricted.contactId)).toEqual({ ownerId: null, state: 'waiting' })
  })

  test('does not become its owner by answering', async () => {
    const { conversationId } = company.restricted
    expect(await company.wei.call('POST', `/conversations/${conversationId}/messages`, bodyOf('/conversations/:id/messages', company.restricted))).toMatchObject({ status: 403, code: 'contact.restricted' })
    expect(await ownerOf(company.restricted.contactId)).toEqual({ ownerId: null, state: 'waiting' })
  })

  test('opens no follow-up on it', async () => {
    const body = bodyOf('/follow-ups', company.restricted) as { customerId: string; contactId: string }
    expect((await company.wei.call('POST', '/follow-ups', body)).status).toBe(400)
    expect(await company.wei.call('GET', `/follow-ups/${company.restricted.followUpId}`)).toMatchObject({ status: 404 })
  })

  test('reads a note of their own, which is not the restricted contact\'s', async () => {
    const note = await company.wei.must('POST', `/conversations/${company.restricted.conversationId}/messages`, { kind: 'note', clientId: clientId(), text: 'called back', attachmentIds: [] })
    expect(note).toMatchObject({ text: 'called back', contactId: null, restricted: false })
  })

  test('gets one grey line and nothing that was said', async () => {
    const { conversationId, customerId, messageId, attachmentId } = company.restricted
    for (const path of [`/conversations/${conversationId}/messages`, `/customers/${customerId}/conversation`, `/customers/${customerId}`, `/conversations/${conversationId}/reachability`, `/search?q=${secret}`]) {
      expect(JSON.stringify(await company.wei.must('GET', path))).not.toContain(secret)
    }
    expect((await company.wei.must('GET', `/conversations/${conversationId}/messages`)).items[0]).toMatchObject({ id: messageId, restricted: true, text: '', subject: null, attachments: [], hasHtml: false })
    for (const path of [`/messages/${messageId}/html`, `/attachments/${attachmentId}/link`]) expect(await company.wei.call('GET', path)).toMatchObject({ status: 404 })
    expect(await company.wei.call('POST', `/messages/${messageId}/retry`)).toMatchObject({ status: 404 })
  })

  test('while its team reads it all', async () => {
    expect(JSON.stringify(await company.lena.must('GET', `/conversations/${company.restricted.conversationId}/messages`))).toContain(secret)
    expect((await company.lena.must('GET', `/contacts/${company.restricted.contactId}`)).subject).toContain(secret)
  })

  test('is neither asked to help with it, nor given it among all the work of somebody absent', async () => {
    const { restricted: { contactId }, lena, sam, wei } = company
    await lena.must('POST', `/contacts/${contactId}/accept`)
    expect(await lena.call('POST', `/contacts/${contactId}/consult`, { agentId: wei.id })).toMatchObject({ status: 400, code: 'transfer.no-target' })
    expect(await sam.must('POST', `/agents/${lena.id}/move-work`, { toAgentId: wei.id })).toEqual({ toAgent: 0, toQueues: 1 })
    expect(await ownerOf(contactId)).toEqual({ ownerId: null, state: 'waiting' })
  })
})

const queueId = async (name: string): Promise<string> => (await company.hub.db.one<{ id: string }>('select id from queue where name = $1', [name])).id
const ownerOf = (contactId: string): Promise<unknown> => company.hub.db.one('select owner_id as "ownerId", state from contact where id = $1', [contactId])
