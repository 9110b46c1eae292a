import type { Answering, Faults } from './views.ts'

/** A world without trouble: agents' ends pick up by themselves, everything arrives. */
export function noFaults(): Faults {
  return {
    twilio: { api: 'ok', statusDelayMs: 0, duplicateStatus: false, reorderStatus: false, undeliverable: {}, answering: {} },
    slack: { api: 'ok' },
    mail: { bouncing: [], refused: {}, autoReplying: [] },
  }
}

export type FaultsPatch = { [Part in keyof Faults]?: Partial<Faults[Part]> }

/** The faults in force; `set` changes only what it names. */
export class FaultBoard {
  #current = noFaults()

  get current(): Faults {
    return this.#current
  }

  set(patch: FaultsPatch): Faults {
    this.#current = {
      twilio: { ...this.#current.twilio, ...patch.twilio },
      slack: { ...this.#current.slack, ...patch.slack },
      mail: { ...this.#current.mail, ...patch.mail },
    }
    return this.#current
  }

  clear(): Faults {
    this.#current = noFaults()
    return this.#current
  }

  /** How a called address behaves, or nothing when no rule names it. */
  answeringOf(address: string): Answering | undefined {
    return this.#current.twilio.answering[address] ?? this.#current.twilio.answering['*']
  }
}
