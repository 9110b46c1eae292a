/** Joins what the relay numbered with who is told: renders each batch once and emits it to those in its rooms at this process. */
import { roomOf } from '#contract/rooms.ts'
import type { StaffEnvelope } from '#contract/events.ts'
import { audienceOf, loadViews, viewFor, type Rendered } from './features/inbox/inbox.render.ts'
import { leaveAll, leaveGone, leaveRestricted, readersApart, restrictedHere, type RestrictedHere } from './features/inbox/inbox.rooms.ts'
import type { Board } from './features/reports/board.ts'
import { renderForVisitor } from './features/webchat/webchat.views.ts'
import type { Db } from './platform/db.ts'
import type { Logger } from './platform/logger.ts'
import type { Realtime } from './platform/realtime/realtime.ts'
import type { NumberedEvent, Send } from './platform/relay/relay.ts'
import { count } from './platform/telemetry.ts'

export function createPublisher(deps: { db: Db; realtime: Realtime; logger: Logger; board: Board }): Send {
  const { db, realtime, logger, board } = deps
  const isHeard = (event: NumberedEvent): boolean => realtime.mayHear(audienceOf(event.room) === 'visitor' ? '/visitor' : '/staff', event.room)
  const tell: Send = async (heard, committed) => {
    if (heard.length === 0) return
    count('relayBatches')
    const staffEvents = heard.filter((event) => audienceOf(event.room) !== 'visitor')
    // The numbers are given: where this fails screens ask for what they missed, and get it rendered anew.
    const failed = (error: unknown, events: readonly NumberedEvent[] = staffEvents): void => {
      logger.error({ err: error, event: 'relay.render-failed' }, 'events could not be rendered')
      realtime.renew(events.map((event) => event.room))
    }
    const views = await db.together((reader) => Promise.all([loadViews(reader, staffEvents), restrictedHere(reader, staffEvents)])).catch((error: unknown) => failed(error))
    await committed.catch((error: unknown) => {
      // The database may have committed and died before it said so.
      realtime.renew(heard.map((event) => event.room))
      throw error
    })
    if (views) await tellStaff(deps, staffEvents, views, (error, event) => failed(error, [event])).catch((error: unknown) => failed(error))
    for (const event of heard) if (audienceOf(event.room) === 'visitor') await tellVisitor(deps, event)
  }
  return async (batch, committed) => {
    board.mayHaveChanged(batch)
    const early = new Set(batch.filter(isHeard))
    await tell([...early], committed)
    await committed
    // Whoever came into a room in the meantime may have been given the number before.
    await tell(batch.filter((event) => !early.has(event) && isHeard(event)), committed)
  }
}

async function tellStaff({ db, realtime }: { db: Db; realtime: Realtime }, events: readonly NumberedEvent[], [rendered, restricted]: [Rendered, RestrictedHere[]], failed: (error: unknown, event: NumberedEvent) => void): Promise<void> {
  await leaveAll(realtime.io, events)
  await leaveRestricted(realtime.io, db, restricted)
  const staff = realtime.io.of('/staff').local
  // A frame to every socket costs more than what is in it: a room is told all of a batch in one.
  const together = new Map<string, StaffEnvelope[]>()
  const emit = (): void => {
    for (const [room, envelopes] of together) staff.to(room).emit('events', envelopes)
    together.clear()
  }
  for (const event of events) {
    const envelope = rendering(() => viewFor(event, rendered), (error) => failed(error, event))
    if (!envelope) continue
    const apart = await readersApart(realtime.io, db, event, rendered)
    if (apart.length > 0) {
      emit()
      staff.to(event.room).except(apart.map((reader) => reader.socketId)).emit('events', [envelope])
      for (const { socketId, readable } of apart) staff.to(socketId).emit('events', [viewFor(event, rendered, readable)])
    } else together.set(event.room, [...(together.get(event.room) ?? []), envelope])
    if (!movesWindows(event, envelope)) continue
    emit()
    leaveGone(realtime.io, envelope)
    // Who may see the conversation, and which room of it, is another question now: screens open it again and are asked it.
    if (event.refs.reorderedConversationIds) leaveConversation(realtime, event.room)
  }
  emit()
}

function rendering<T>(render: () => T, failed: (error: unknown) => void): T | undefined {
  try {
    return render()
  } catch (error) {
    failed(error)
    return undefined
  }
}

/** After it other windows are in the rooms than before. */
function movesWindows(event: NumberedEvent, envelope: StaffEnvelope): boolean {
  return event.refs.reorderedConversationIds !== undefined || envelope.removed.conversationIds !== undefined
}

function leaveConversation(realtime: Realtime, room: string): void {
  if (audienceOf(room).startsWith('conversation')) realtime.io.of('/staff').local.in(room).socketsLeave(room)
}

async function tellVisitor({ db, realtime, logger }: { db: Db; realtime: Realtime; logger: Logger }, event: NumberedEvent): Promise<void> {
  const visitorId = event.room.slice(roomOf.visitor('').length)
  try {
    const view = await renderForVisitor(db, visitorId, event.refs)
    if (view) realtime.io.of('/visitor').local.to(event.room).emit('event', { seq: event.seq, at: event.at.toISOString(), ...view })
  } catch (error) {
    logger.error({ err: error, event: 'relay.render-failed' }, 'an event could not be rendered for a visitor')
    realtime.renew([event.room])
  }
}
