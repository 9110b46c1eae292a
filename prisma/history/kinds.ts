/** How a contact goes: one writer per kind of story, over any channel. */
import type { Channel } from '#contract/words.ts'
import type { Agenda } from './agenda.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'
import { supervisor } from './shift.ts'
import { hour, minute } from './shop-time.ts'
import { Script, type Act, type Mailbox, type Story } from './story.ts'
import { handlingOf, remedies, type Topic } from './texts/exchange.ts'
import { spam, textsOf } from './texts/texts.ts'

export interface Planning {
  random: Random
  agenda: Agenda
  /** When the history ends. */
  now: number
  /** The story is of the last hours: quick answers, nothing that takes days, and what the survey is answered with, if it is. */
  today?: { score: number | null }
}

export type Kind = 'answered' | 'late' | 'no-reply' | 'abandoned' | 'spam' | 'moved' | 'handed-over' | 'unverified'

const second = 1_000
/** How long until somebody has time, when all goes well. */
const usualWaitMs: Record<Channel, number> = { voice: 9 * second, webchat: 16 * second, sms: 4 * minute, whatsapp: 4 * minute, slack: 6 * minute, email: 70 * minute }
const lateWaitMs: Record<Channel, number> = { voice: 70 * second, webchat: 130 * second, sms: 26 * minute, whatsapp: 24 * minute, slack: 30 * minute, email: 6 * hour }
/** Who waits for longer hangs up or leaves. */
const patienceMs: Partial<Record<Channel, number>> = { voice: 3 * minute, webchat: 5 * minute }
/** When a survey reaches them, from the close: when the contact can open no more. */
const surveyAfterMs: Record<Channel, number> = { voice: 15 * minute + 20 * second, webchat: 15 * minute + 20 * second, sms: 24 * hour, whatsapp: 24 * hour, slack: 24 * hour, email: 72 * hour }

export interface Writer {
  /** Null when it could not be over by now. */
  write(kind: Kind, channel: Channel, topic: Topic): Story | null
}

export function makeWriter(planning: Planning, person: Person, at: number): Writer {
  const { random, agenda, now, today } = planning
  const texts = textsOf[person.language]
  const script = new Script(at)
  let asGuest = false

  /** What the customer says, over the channel of the story. */
  const says = (channel: Channel, topic: Topic, text: string, more: { picture?: boolean; isAnswer?: boolean; isProved?: boolean } = {}): Act => {
    const picture = more.picture ? random.between(0, 40) : null
    switch (channel) {
      case 'email': return { do: 'mail', mailbox: mailboxOf(topic), subject: texts.exchanges[topic].subject, text: `${text}\n\n${person.name}`, picture, isProved: more.isProved ?? true, isAnswer: more.isAnswer ?? false, isAutomatic: false }
      case 'webchat': return { do: 'chat', text, picture, as: asGuest ? 'guest' : 'signed-in' }
      case 'slack': return { do: 'slack', text }
      case 'voice': return { do: 'call' }
      default: return { do: 'text', channel, text, picture }
    }
  }

  const answered = (channel: Channel, topic: Topic, waitMs: number, more: { moves?: boolean; handsOver?: boolean; isProved?: boolean }): boolean => {
    const exchange = texts.exchanges[topic]
    const { queue, disposition, isComplaint, note } = handlingOf[topic]
    const isLive = channel === 'voice' || channel === 'webchat'
    const firstQueue = firstQueueOf(channel, topic)
    const asksTwice = random.chance(0.55)
    const forMs = channel === 'voice' ? random.between(3, today ? 5 : 9) * minute : today ? 5 * minute : channel === 'email' ? 8 * minute : 11 * minute
    script.after(0, says(channel, topic, exchange.ask, { picture: topic === 'broken' && channel !== 'voice', ...(more.isProved === undefined ? {} : { isProved: more.isProved }) }))
    const patience = patienceMs[channel]
    if (patience && agenda.ask(firstQueue, script.now + waitMs, forMs).at - script.now > patience) {
      leaves(channel, random.between(25, 170) * second)
      return true
    }
    if (!isLive && waitMs > 15 * minute && channel !== 'email' && random.chance(0.4)) script.after(waitMs * 0.7, says(channel, topic, texts.impatient))
    let { agent, at: takenAt } = agenda.book(firstQueue, Math.max(script.now + second, at + waitMs), forMs)
    script.at(takenAt, { do: 'take', agent })
    if (channel === 'voice') return talks(channel, topic, agent, forMs)
    // Nobody is sent on to a queue that opens only when a chat is over or WhatsApp's window has closed.
    const isSoon = agenda.ask(queue, script.now + 2 * minute, forMs).at - script.now < (channel === 'webchat' || today ? 6 * minute : 16 * hour)
    if ((more.moves || random.chance(0.35)) && isSoon && firstQueue === 'Service' && queue !== 'Service' && queue !== 'Accounts') {
      const next = agenda.book(queue, script.now + 2 * minute, forMs)
      script.after(50 * second, { do: 'move', agent, queue, note: note ?? 'Please have a look, this is yours.' }).at(next.at, { do: 'take', agent: next.agent })
      agent = next.agent
    } else if (more.handsOver) {
      const next = agenda.book('Service', script.now + 40 * second, forMs)
      if (next.agent !== agent && next.at - script.now < 6 * minute) {
        script.at(next.at, { do: 'hand-over', agent, to: next.agent, note: 'You know this customer better.' })
        agent = next.agent
      }
    }
    if (note && random.chance(0.4)) script.after(35 * second, { do: 'note', agent, text: note })
    const writes = (usualMs: number): number => (channel === 'email' ? random.between(2, 5) * minute : random.delay(usualMs))
    script.after(writes(35 * second), { do: 'reply', agent, text: exchange.answer, picture: topic === 'shade' && channel === 'email' && random.chance(0.5) ? random.between(0, 40) : null })
    if (random.chance(0.65)) script.after(9 * second, { do: 'know', agent, tier: random.weighted({ standard: 80, silver: 14, gold: 6 }) })
    if (channel !== 'email') {
      if (asksTwice) script.after(random.delay(40 * second), says(channel, topic, exchange.follow, { picture: topic === 'rewire' })).after(writes(30 * second), { do: 'reply', agent, text: exchange.answerAgain, picture: null })
      script.after(random.delay(25 * second), says(channel, topic, random.pick(texts.thanks)))
      if (channel === 'webchat') script.after(8 * second, { do: 'reply', agent, text: texts.bye, picture: null }).after(20 * second, { do: 'leave' })
    }
    script.after(25 * second, { do: 'close', agent, disposition, isComplaint })
    if (channel === 'email' && !today) comesBack(topic, firstQueue, asksTwice, disposition, isComplaint)
    asked(channel, isComplaint)
    return true
  }

  /** An answer to our mail: the contact opens again, and somebody takes it up. */
  const comesBack = (topic: Topic, queue: string, asksTwice: boolean, disposition: string, isComplaint: boolean): void => {
    if (!random.chance(asksTwice ? 0.6 : 0.3)) return
    const text = asksTwice ? texts.exchanges[topic].follow : random.pick(texts.thanks)
    script.after(random.delay(3 * hour), says('email', topic, text, { isAnswer: true, picture: asksTwice && topic === 'rewire' }))
    const { agent, at: takenAt } = agenda.book(queue, script.now + random.delay(40 * minute), 6 * minute)
    script.at(takenAt, { do: 'take', agent })
    if (asksTwice) script.after(3 * minute, { do: 'reply', agent, text: texts.exchanges[topic].answerAgain, picture: null })
    script.after(20 * second, { do: 'close', agent, disposition, isComplaint })
  }

  const talks = (channel: Channel, topic: Topic, agent: string, forMs: number): boolean => {
    const { disposition, isComplaint, note } = handlingOf[topic]
    script.after(forMs - 50 * second, { do: 'hang-up' })
    if (note) script.after(12 * second, { do: 'note', agent, text: note })
    if (random.chance(0.7)) script.after(6 * second, { do: 'know', agent, tier: random.weighted({ standard: 80, silver: 14, gold: 6 }) })
    script.after(15 * second, { do: 'close', agent, disposition, isComplaint })
    asked(channel, isComplaint)
    return true
  }

  /** The survey is answered by some; the angry ones say why, and are answered. */
  const asked = (channel: Channel, isComplaint: boolean): void => {
    const answers = today ? today.score !== null : random.chance(channel === 'webchat' ? 0.5 : 0.34)
    if (!answers) {
      const askedAt = script.now + surveyAfterMs[channel] + minute
      if (askedAt < now && random.chance(0.4)) script.at(askedAt, { do: 'pass' })
      return
    }
    const score = today?.score ?? (isComplaint ? random.between(1, 3) : random.pick([5, 5, 5, 5, 4, 4, 4, 3, 3, 2]))
    const comment = random.chance(score > 2 ? 0.35 : today ? 0 : 0.6) ? random.pick(score <= 3 ? texts.unhappy : texts.happy) : null
    const mark = script.steps.length
    const markedAt = script.now
    script.after(surveyAfterMs[channel] + random.delay(channel === 'webchat' ? 30 * second : today ? minute : 50 * minute), { do: 'answer-survey', score, comment })
    if (score <= 2 && comment) {
      const { agent, at: takenAt } = agenda.book('Service', script.now + 5 * minute, 4 * minute)
      script.at(takenAt, { do: 'take', agent, ifOpen: true }).after(minute, { do: 'leave' }).after(20 * second, { do: 'close', agent, disposition: 'Complaint', isComplaint: true, ifOpen: true })
    }
    if (script.now < now - minute) return
    // Their answer is still to come.
    script.steps.length = mark
    script.now = markedAt
  }

  /** Most of what went wrong is followed up within a day or two. */
  const madeGood = (kind: Kind, topic: Topic): void => {
    const isLow = script.steps.some((step) => step.do === 'answer-survey' && step.score <= 2)
    const why = isLow ? 'waited' : handlingOf[topic].isComplaint ? 'broken' : kind === 'abandoned' ? 'missed' : null
    const at = script.now + 3 * hour + random.delay(14 * hour)
    if (why && at < now - minute && random.chance(0.8)) script.at(at, { do: 'make-good', agent: supervisor, ...random.pick(remedies[why]) })
  }

  const leaves = (channel: Channel, afterMs: number): void => { script.after(afterMs, channel === 'voice' ? { do: 'hang-up' } : { do: 'leave' }) }

  const noReply = (channel: Channel, topic: Topic): boolean => {
    if (channel === 'voice') return answered(channel, topic, usualWaitMs.voice, {})
    script.after(0, says(channel, topic, texts.exchanges[topic].ask))
    const { agent, at: takenAt } = agenda.book(firstQueueOf(channel, topic), script.now + random.delay(usualWaitMs[channel]), 5 * minute)
    script.at(takenAt, { do: 'take', agent }).after(70 * second, { do: 'reply', agent, text: texts.question, picture: null })
    if (channel === 'webchat') script.after(50 * second, { do: 'leave' })
    script.after(20 * second, { do: 'pend', agent }).after(72 * hour + minute, { do: 'pass' })
    return true
  }

  return {
    write(kind, channel, topic) {
      asGuest = random.chance(0.35)
      const waitMs = Math.round(random.delay(usualWaitMs[channel]) * (today && channel === 'email' ? 0.12 : 1))
      let who = person
      switch (kind) {
        case 'answered': answered(channel, topic, waitMs, {}); break
        case 'late': answered(channel, topic, lateWaitMs[channel] + random.delay(lateWaitMs[channel] / 6), {}); break
        case 'moved': answered(channel, topic, waitMs, { moves: true }); break
        case 'handed-over': answered(channel, topic, waitMs, { handsOver: true }); break
        case 'unverified': answered('email', topic, waitMs, { isProved: false }); break
        case 'no-reply': noReply(channel, topic); break
        case 'abandoned': {
          script.after(0, says(channel, topic, texts.exchanges[topic].ask))
          leaves(channel, (today ? random.between(35, 110) : random.between(7, 150)) * second)
          break
        }
        case 'spam': {
          const mail = random.pick(spam)
          const key = `${Math.floor(at / 1000) % 100_000}`
          who = { ...person, key: `spam-${key}`, name: mail.from.slice(0, mail.from.indexOf('@')), email: mail.from.replace('@', `${key}@`), language: 'en' }
          script.after(0, { do: 'mail', mailbox: 'support', subject: mail.subject, text: mail.text, picture: null, isProved: false, isAnswer: false, isAutomatic: false })
          const { agent, at: seenAt } = agenda.book('Service', script.now + random.delay(30 * minute), minute)
          script.at(seenAt, { do: 'spam', agent })
          break
        }
      }
      madeGood(kind, topic)
      return script.end < now - second ? { kind, person: who, steps: script.steps, isOngoing: false } : null
    },
  }
}

/** Mail has boxes of its own for repairs and invoices; all else comes to the general number. */
function firstQueueOf(channel: Channel, topic: Topic): string {
  const { queue } = handlingOf[topic]
  return channel === 'email' && (queue === 'Repairs' || queue === 'Accounts') ? queue : 'Service'
}

export function mailboxOf(topic: Topic): Mailbox {
  const { queue } = handlingOf[topic]
  return queue === 'Repairs' ? 'repairs' : queue === 'Accounts' ? 'accounts' : 'support'
}
