/** A console that was away during many changes is right again at once: one request, no later than a second, at the server it was at or at another. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeNote } from '#server/features/conversations/conversations.usecases.ts'
import { startTestHub, type Staff, type TestHub } from '../support/hub.ts'
import { chance, countOr } from '../support/long.ts'
import { shownBy, StaffViewer } from '../support/viewers.ts'
import { arrive } from '../support/work.ts'

const rightWithinMs = 1_000
const requestsMax = 2
const windows = countOr(5)

let hub: TestHub
let lena: Staff
beforeAll(async () => {
  hub = await startTestHub({ simulator: false })
  lena = await hub.signIn('lena')
})
afterAll(() => hub.stop())

test.each([['a hundred changes: the difference', 100, 'difference'], ['so many that only a snapshot is right', 300, 'snapshot']] as const)('cut during %s', { timeout: 60_000 }, async (_what, changes, kind) => {
  const by = chance()
  const work = await arrive(hub)
  const viewers = await Promise.all(Array.from({ length: windows }, () => new StaffViewer(by.pick([hub.url, hub.otherUrl]), lena).start()))
  for (const viewer of viewers) {
    await viewer.open(work.conversationId)
    viewer.socket.io.reconnection(false) // the line stays cut until the changes are made
    viewer.socket.io.engine.close()
  }
  for (let i = 0; i < changes; i++) {
    if (by.below(10) === 0) await arrive(hub, `change ${i}`, kind === 'snapshot' ? undefined : work.number)
    else await writeNote(hub.context, work.conversationId, { staffId: lena.id, role: 'agent' }, { clientId: `${kind}-${String(i).padStart(6, '0')}`, text: `change ${i}`, attachmentIds: [] })
  }
  // Each change is told in two rooms of a conversation, and of the snapshot's there are more than are sent again one by one.
  if (kind === 'snapshot') await hub.db.execute(`delete from room_event where seq <= (select max(seq) - 10 from room_event r where r.room = room_event.room)`)
  await hub.quiet()
  for (const cut of viewers) {
    const startedAt = performance.now()
    const viewer = await cut.reconnect(by.pick([hub.url, hub.otherUrl]))
    const { requests } = viewer
    expect(await viewer.sync()).toBe(kind)
    await viewer.refreshStale()
    const ms = performance.now() - startedAt
    expect(viewer.requests - requests).toBeLessThanOrEqual(requestsMax)
    expect(ms).toBeLessThan(rightWithinMs)
    expect(shownBy(viewer.state, viewer.openId)).toEqual(shownBy(await viewer.fresh(), viewer.openId))
    expect(viewer.problems).toEqual([])
    viewer.stop()
  }
})
