import type { Person } from './people.ts'

/** A customer's or an employee's doing, without its time. */
export type Act =
  // The customer
  | { do: 'text'; channel: 'sms' | 'whatsapp'; text: string; picture: number | null }
  | { do: 'mail'; mailbox: Mailbox; subject: string; text: string; picture: number | null; isProved: boolean; /** In the thread of our last mail to them. */ isAnswer: boolean; isAutomatic: boolean }
  | { do: 'slack'; text: string }
  | { do: 'chat'; text: string; picture: number | null; as: 'guest' | 'signed-in' }
  | { do: 'introduce'; name: string; email: string }
  | { do: 'leave' }
  | { do: 'call' }
  | { do: 'hang-up' }
  | { do: 'answer-survey'; score: number; comment: string | null }
  /** The mail server sends our last mail to them back. */
  | { do: 'bounce' }
  // The shop; `agent` is the name
  | { do: 'take' | 'pend' | 'spam'; agent: string; /** Only if there is something open at that time. */ ifOpen?: true }
  | { do: 'reply'; agent: string; text: string; picture: number | null; /** The provider refuses it. */ fails?: true; ifOpen?: true }
  | { do: 'begin'; agent: string; text: string; queue: string }
  | { do: 'note'; agent: string; text: string }
  | { do: 'know'; agent: string; tier: 'standard' | 'silver' | 'gold' }
  | { do: 'move'; agent: string; queue: string; note: string }
  | { do: 'hand-over'; agent: string; to: string; note: string }
  | { do: 'close'; agent: string; disposition: string; isComplaint: boolean; ifOpen?: true }
  | { do: 'decide'; agent: string; verdict: 'accept' | 'dismiss' | 'undo' }
  /** Closes what was to be followed up, with why it happened and what was done. */
  | { do: 'make-good'; agent: string; cause: string; remedy: string }
  | { do: 'presence'; agent: string; presence: 'break' | 'offline' }
  /** Nobody does anything: clocks run out. */
  | { do: 'pass' }

export type Mailbox = 'support' | 'repairs' | 'accounts'
export type Step = Act & { at: Date }

/** One contact, or some of one customer's, from the first word to the survey's answer. */
export interface Story {
  kind: string
  person: Person
  steps: readonly Step[]
  /** It stays open, and screens that are open now are told of it. */
  isOngoing: boolean
}

/** Writes down steps one after the other. */
export class Script {
  readonly steps: Step[] = []
  now: number

  constructor(at: number) {
    this.now = at
  }

  /** `afterMs` later than the step before. */
  after(afterMs: number, act: Act): this {
    this.now += Math.round(afterMs)
    this.steps.push({ ...act, at: new Date(this.now) })
    return this
  }

  /** At this time, or right after the step before if that is later. */
  at(time: number, act: Act): this {
    return this.after(Math.max(1, time - this.now), act)
  }

  get end(): number {
    return this.now
  }
}
