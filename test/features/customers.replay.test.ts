import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StaffEnvelope } from '#contract/events.ts'
import { applyEnvelope, applySync, emptyInbox, type InboxState } from '#contract/inbox-state.ts'
import { mergeCustomers, undoMerge } from '#server/features/customers/customers.usecases.ts'
import { recordClaims, suggestFromClaims } from '#server/features/customers/customers.steps.ts'
import type { Viewer } from '#server/features/customers/customers.visibility.ts'
import { loadViews, viewFor } from '#server/features/inbox/inbox.render.ts'
import { inboxSnapshot, roomsOf } from '#server/features/inbox/inbox.snapshot.ts'
import { commit } from '#server/platform/effects.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { closedContactOf, makePerson, makeWorld, minute, openContactOf, quietContext, type World } from './support/customer-world.ts'

let database: TestDatabase
let world: World
let viewers: Record<string, Viewer>
beforeAll(async () => {
  database = await createTestDatabase()
  world = await makeWorld(database.db)
  await database.db.execute('insert into team_member (team_id, agent_id) values ($1, $2)', [world.teamIds[1], world.agentIds[1]])
  viewers = {
    'agent of the first team': { staffId: world.agentIds[0]!, role: 'agent' }, 'agent of both teams': { staffId: world.agentIds[1]!, role: 'agent' },
    'agent of the second team': { staffId: world.agentIds[2]!, role: 'agent' }, supervisor: { staffId: world.supervisorId, role: 'supervisor' },
  }
})
afterAll(() => database.drop())

const now = minute(500)

async function freshState(viewer: Viewer): Promise<InboxState> {
  return applySync(emptyInbox, { kind: 'snapshot', inbox: await inboxSnapshot(database.db, viewer, {}, now), conversation: null })
}

/** What the viewer was told after an event position, in the order of the events; the events of one batch come room by room. */
async function told(viewer: Viewer, after: number): Promise<StaffEnvelope[]> {
  const rooms = await roomsOf(database.db, viewer)
  const rows = await database.db.query<{ id: string; position: number; type: StaffEnvelope['type']; conversationId: string | null; contactId: string | null; refs: object; at: Date; room: string }>(
    `select e.id, e.position, e.type, e.conversation_id as "conversationId", e.contact_id as "contactId", e.data as refs, e.at, r.room
     from event e cross join lateral unnest(e.rooms) r(room) where e.position > $1 and r.room = any($2::text[]) order by e.position, r.room`, [after, rooms])
  const events = rows.map((row, i) => ({ ...row, seq: i + 1 }))
  const rendered = await loadViews(database.db, events)
  return events.map((event) => viewFor(event, rendered))
}

const lastPosition = async (): Promise<number> => (await database.db.one<{ n: number }>('select coalesce(max(position), 0)::int as n from event')).n

/** What lists show; agents and windows are told by other events. */
const shown = ({ contacts, offers, suggestions }: InboxState) => ({
  contacts, offers: Object.values(offers).filter((offer) => !offer.ended).map((offer) => offer.id).sort(), suggestions: Object.values(suggestions).filter((suggestion) => suggestion.state === 'open').map((suggestion) => suggestion.id).sort(),
})

test.each([['first team into second', 0, 1], ['second team into first', 1, 0], ['restricted into first', 2, 0]])('every list is right after a merge and after its undo, without a question: %s', async (_name, foldedQueue, survivorQueue) => {
  const { db } = database
  const [survivor, folded] = [await makePerson(db), await makePerson(db)]
  await closedContactOf(db, folded, world.queueIds[foldedQueue as 0], minute(1))
  await closedContactOf(db, survivor, world.queueIds[survivorQueue as 0], minute(1))
  await openContactOf(db, world, survivor, { at: minute(10), queueId: world.queueIds[survivorQueue as 0], entries: ['messages'], unanswered: true, offeredTo: world.agentIds[1]! })
  await openContactOf(db, world, folded, { at: minute(5), queueId: world.queueIds[foldedQueue as 0], ownerId: world.agentIds[2]!, unanswered: true })
  const context = quietContext(db, minute(100))
  await commit(context, minute(50), async (tx, effects) => {
    await recordClaims(tx, folded.customerId, [{ kind: 'email', value: survivor.addresses[0]!.value }], 'form', minute(50))
    await suggestFromClaims(tx, folded.customerId, minute(50), effects)
  })

  const follow = async (act: () => Promise<unknown>, what: string): Promise<void> => {
    const before = Object.fromEntries(await Promise.all(Object.entries(viewers).map(async ([name, viewer]) => [name, await freshState(viewer)] as const)))
    const position = await lastPosition()
    await act()
    for (const [name, viewer] of Object.entries(viewers)) {
      const envelopes = await told(viewer, position)
      expect(shown(envelopes.reduce(applyEnvelope, before[name]!)), `${name}, ${what}`).toEqual(shown(await freshState(viewer)))
    }
  }
  let mergeId = ''
  await follow(async () => { ({ mergeId } = await mergeCustomers(context, viewers['supervisor']!, { survivorId: survivor.customerId, foldedId: folded.customerId })) }, 'after the merge')
  context.clock.advance(60_000)
  await follow(() => undoMerge(context, viewers['supervisor']!, { mergeId, reason: null }), 'after the undo')
})
