/** Stories that chance would tell too seldom: merges, refusals, bounces, what only accounts may read. */
import type { Channel } from '#contract/words.ts'
import { mailboxOf, makeWriter, type Kind, type Planning } from './kinds.ts'
import type { Person } from './people.ts'
import { day, hour, minute } from './shop-time.ts'
import { supervisor } from './shift.ts'
import { Script, type Act, type Story } from './story.ts'
import type { Topic } from './texts/exchange.ts'
import { textsOf } from './texts/texts.ts'

const second = 1_000

/** @param people at least twelve, each used by these stories only. */
export function special(planning: Planning, people: readonly Person[]): Story[] {
  const tell = (index: number, daysAgo: number, kind: string, run: (telling: Telling) => void): Story => {
    const person = people[index]!
    const telling = new Telling(planning, person, planning.now - daysAgo * day - index * 7 * minute)
    run(telling)
    return { kind, person, steps: telling.script.steps, isOngoing: false }
  }
  const usual = (index: number, daysAgo: number, kind: Kind, topic: Topic): Story[] => [makeWriter(planning, people[index]!, planning.now - daysAgo * day).write(kind, 'email', topic)].filter((story) => story !== null)
  return [
    ...usual(8, 24, 'no-reply', 'bulb'),
    ...usual(7, 17, 'spam', 'bulb'),
    tell(0, 26, 'invoice', (t) => t.answered('email', 'invoice')),
    tell(1, 25, 'invoice', (t) => t.answered('email', 'invoice')),
    tell(0, 20, 'mail, then signed-in chat', (t) => t.answered('email', 'shade').wait(5 * hour).answered('webchat', 'delivery')),
    tell(1, 9, 'mail, then signed-in chat', (t) => t.answered('email', 'return').wait(26 * hour).answered('webchat', 'bulb')),
    ...(['accept', 'undo', 'dismiss', null, null] as const).map((verdict, index) =>
      tell(2 + index, 18 - 2 * index, 'typed an address', (t) => {
        t.answered('email', 'flicker').wait(30 * hour).introduces('hours')
        if (verdict === 'dismiss') t.act(40 * minute, { do: 'decide', agent: supervisor, verdict })
        else if (verdict !== null) t.act(2 * hour, { do: 'decide', agent: supervisor, verdict: 'accept' })
        if (verdict === 'undo') t.act(3 * hour, { do: 'decide', agent: supervisor, verdict })
      })),
    tell(7, 13, 'opted out', (t) => t.answered('sms', 'hours').act(2 * hour, { do: 'text', channel: 'sms', text: 'STOP', picture: null })),
    // Somebody who may be anybody writes from an address that is known.
    tell(7, 5, 'not proved', (t) => t.answered('email', 'return').wait(28 * hour).answered('email', 'invoice', { isProved: false })),
    tell(8, 11, 'bounced', (t) => t.bounced()),
    tell(9, 12, 'out of office', (t) => t.answered('email', 'bulk', { isAway: true })),
    tell(9, 6, 'parked', (t) => t.parked()),
    tell(10, 22, 'moved', (t) => t.moved()),
    tell(10, 8, 'refused by the provider', (t) => t.refused()),
    tell(11, 16, 'checked up', (t) => t.answered('email', 'broken').wait(4 * day).checkedUp()),
  ]
}

class Telling {
  readonly script: Script
  readonly #planning: Planning
  readonly #person: Person

  constructor(planning: Planning, person: Person, at: number) {
    this.#planning = planning
    this.#person = person
    this.script = new Script(at)
  }

  get #texts() { return textsOf[this.#person.language] }

  wait(ms: number): this {
    this.script.now += ms
    return this
  }

  act(afterMs: number, act: Act): this {
    this.script.after(afterMs, act)
    return this
  }

  #says(channel: Channel, topic: Topic, text: string, more: { isAnswer?: boolean; isAutomatic?: boolean; isProved?: boolean; as?: 'guest' } = {}): Act {
    if (channel === 'webchat') return { do: 'chat', text, picture: null, as: more.as ?? 'signed-in' }
    if (channel === 'sms') return { do: 'text', channel, text, picture: null }
    return { do: 'mail', mailbox: mailboxOf(topic), subject: this.#texts.exchanges[topic].subject, text, picture: topic === 'broken' ? 3 : null, isProved: more.isProved ?? true, isAnswer: more.isAnswer ?? false, isAutomatic: more.isAutomatic ?? false }
  }

  /** Somebody of the queue takes it as soon as there is somebody. */
  #taken(queue: string, afterMs: number): string {
    const { agent, at } = this.#planning.agenda.book(queue, this.script.now + afterMs, 9 * minute)
    this.script.at(at, { do: 'take', agent })
    return agent
  }

  answered(channel: Channel, topic: Topic, more: { isAway?: boolean; isProved?: boolean } = {}): this {
    const exchange = this.#texts.exchanges[topic]
    this.act(second, this.#says(channel, topic, exchange.ask, more.isProved === false ? { isProved: false } : {}))
    const agent = this.#taken(queueOf(channel, topic), channel === 'webchat' ? 20 * second : 25 * minute)
    this.act(2 * minute, { do: 'reply', agent, text: exchange.answer, picture: null }).act(8 * second, { do: 'know', agent, tier: 'silver' })
    if (more.isAway) this.act(12 * second, this.#says(channel, topic, 'I am out of the office until Monday and read mail then.', { isAnswer: true, isAutomatic: true }))
    if (channel === 'webchat') this.act(40 * second, { do: 'leave' })
    return this.act(30 * second, { do: 'close', agent, disposition: topic === 'broken' ? 'Complaint' : 'Answered', isComplaint: topic === 'broken' })
  }

  /** A chat in which they type the address they once wrote from: staff are asked whether it is the same person. */
  introduces(topic: Topic): this {
    const exchange = this.#texts.exchanges[topic]
    this.act(second, this.#says('webchat', topic, exchange.ask, { as: 'guest' })).act(12 * second, { do: 'introduce', name: this.#person.name, email: this.#person.email })
    const agent = this.#taken('Service', 9 * second)
    return this.act(35 * second, { do: 'reply', agent, text: exchange.answer, picture: null }).act(30 * second, { do: 'leave' }).act(20 * second, { do: 'close', agent, disposition: 'Answered', isComplaint: false })
  }

  bounced(): this {
    const exchange = this.#texts.exchanges.delivery
    this.act(second, this.#says('email', 'delivery', exchange.ask))
    const agent = this.#taken('Service', 50 * minute)
    return this.act(3 * minute, { do: 'reply', agent, text: exchange.answer, picture: null }).act(15 * second, { do: 'bounce' })
      .act(2 * minute, { do: 'note', agent, text: 'The mailbox does not exist any more. No other way to reach them.' }).act(30 * second, { do: 'close', agent, disposition: 'Answered', isComplaint: false })
  }

  /** A repair waits for the customer, who comes with something else: a chat, for another queue. */
  parked(): this {
    this.act(second, this.#says('email', 'rewire', this.#texts.exchanges.rewire.ask))
    const agent = this.#taken('Repairs', 30 * minute)
    this.act(3 * minute, { do: 'reply', agent, text: this.#texts.question, picture: null }).act(20 * second, { do: 'pend', agent })
    return this.wait(7 * hour).answered('webchat', 'hours')
  }

  /** Asked at the general number, sent on while it still waits, answered by those who sell. */
  moved(): this {
    const exchange = this.#texts.exchanges.bulk
    this.act(second, this.#says('sms', 'bulk', exchange.ask))
    this.act(2 * minute, { do: 'move', agent: supervisor, queue: 'Sales', note: 'Twenty pieces, please make them an offer.' })
    const agent = this.#taken('Sales', 3 * minute)
    return this.act(2 * minute, { do: 'reply', agent, text: exchange.answer, picture: null }).act(30 * second, { do: 'close', agent, disposition: 'Answered', isComplaint: false })
  }

  refused(): this {
    const exchange = this.#texts.exchanges.return
    this.act(second, this.#says('sms', 'return', exchange.ask))
    const agent = this.#taken('Service', 3 * minute)
    return this.act(minute, { do: 'reply', agent, text: exchange.answer, picture: null, fails: true }).act(40 * second, { do: 'note', agent, text: 'The carrier refused the first text, sent it again.' })
      .act(20 * second, { do: 'reply', agent, text: exchange.answer, picture: null }).act(30 * second, { do: 'close', agent, disposition: 'Return or refund', isComplaint: false })
  }

  checkedUp(): this {
    const { agent, at } = this.#planning.agenda.book('Service', this.script.now, 6 * minute)
    this.script.at(at, { do: 'begin', agent, text: this.#texts.checkUp, queue: 'Service' })
    this.act(20 * second, { do: 'pend', agent }).act(5 * hour, this.#says('email', 'delivery', this.#texts.thanks[0] ?? '', { isAnswer: true }))
    const again = this.#taken('Service', 20 * minute)
    return this.act(minute, { do: 'close', agent: again, disposition: 'Answered', isComplaint: false })
  }
}


function queueOf(channel: Channel, topic: Topic): string {
  const mailbox = channel === 'email' ? mailboxOf(topic) : 'support'
  return mailbox === 'repairs' ? 'Repairs' : mailbox === 'accounts' ? 'Accounts' : 'Service'
}
