import { newSid } from './ids.ts'
import type { Leg } from './leg.ts'

/** A room several legs talk in. It begins with its first leg and ends with its last, or with one whose leaving ends it. */
export class Conference {
  readonly sid = newSid('CF')
  readonly name: string
  readonly createdAt = new Date()
  readonly ended: Promise<void>
  readonly #end: () => void
  readonly #legs = new Map<Leg, { endsOnExit: boolean; isOnHold: boolean }>()

  constructor(name: string) {
    this.name = name
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#end = resolve
  }

  get legs(): Leg[] {
    return [...this.#legs.keys()]
  }

  placeOf(leg: Leg): { endsOnExit: boolean; isOnHold: boolean } | undefined {
    return this.#legs.get(leg)
  }

  join(leg: Leg, endsOnExit: boolean): void {
    this.#legs.set(leg, { endsOnExit, isOnHold: false })
    leg.conference = this
    leg.note('note', 'connected')
    if (this.#legs.size > 1) for (const one of this.legs) one.bridgedAt ??= new Date()
    this.#show()
  }

  leave(leg: Leg): void {
    const place = this.#legs.get(leg)
    if (!place) return
    this.#legs.delete(leg)
    leg.conference = null
    leg.changed()
    if (place.endsOnExit || this.#legs.size === 0) this.#end()
    this.#show()
  }

  change(leg: Leg, to: { endsOnExit?: boolean | undefined; isOnHold?: boolean | undefined }): void {
    const place = this.#legs.get(leg)
    if (!place) return
    place.endsOnExit = to.endsOnExit ?? place.endsOnExit
    if (to.isOnHold !== undefined && to.isOnHold !== place.isOnHold) {
      place.isOnHold = to.isOnHold
      leg.note('note', place.isOnHold ? 'on-hold' : 'off-hold')
    }
    this.#show()
  }

  /** Who hears this leg: everybody else but those on hold, and nobody while it is on hold itself. */
  hearing(leg: Leg): Leg[] {
    return this.#legs.get(leg)?.isOnHold === false ? this.legs.filter((other) => other !== leg && this.#legs.get(other)?.isOnHold === false) : []
  }

  #show(): void {
    for (const leg of this.#legs.keys()) leg.changed()
  }
}

/** The account's conferences that go on, by name. */
export class Conferences {
  readonly all = new Map<string, Conference>()

  open(name: string): Conference {
    const open = this.all.get(name)
    if (open) return open
    const conference = new Conference(name)
    this.all.set(name, conference)
    void conference.ended.then(() => this.all.get(name) === conference && this.all.delete(name))
    return conference
  }

  find(sid: string): Conference | undefined {
    return [...this.all.values()].find((conference) => conference.sid === sid)
  }
}
