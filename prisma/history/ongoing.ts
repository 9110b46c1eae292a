/** What is waiting when the history reaches the present: somebody new on every quiet channel, two promises at risk, one broken. */
import type { Channel } from '#contract/words.ts'
import { mailboxOf, type Planning } from './kinds.ts'
import type { Person } from './people.ts'
import { minute } from './shop-time.ts'
import { Script, type Act, type Story } from './story.ts'
import type { Topic } from './texts/exchange.ts'
import { textsOf } from './texts/texts.ts'

/** Minutes ago. A first answer to a mail is promised in four hours, and warned of when a fifth of that is left. */
const waiting: readonly [Channel, Topic, number][] = [
  ['email', 'broken', 274], ['email', 'delivery', 208], ['email', 'return', 199], ['email', 'invoice', 41], ['email', 'shade', 26], ['slack', 'bulk', 8], ['sms', 'rewire', 6], ['whatsapp', 'delivery', 3], ['sms', 'hours', 1],
]

export function ongoing({ random, now }: Planning, people: readonly Person[]): Story[] {
  const left = [...people]
  return waiting.flatMap(([channel, topic, minutesAgo]) => {
    const [person] = left.splice(random.between(0, left.length - 1), 1)
    if (!person) return []
    const script = new Script(now - minutesAgo * minute - random.between(0, 40_000))
    script.after(0, says(person, channel, topic)).at(now, { do: 'pass' })
    return [{ kind: 'waiting', person, steps: script.steps, isOngoing: true }]
  })
}

function says(person: Person, channel: Channel, topic: Topic): Act {
  const { subject, ask } = textsOf[person.language].exchanges[topic]
  if (channel === 'email') return { do: 'mail', mailbox: mailboxOf(topic), subject, text: `${ask}\n\n${person.name}`, picture: topic === 'broken' ? 7 : null, isProved: true, isAnswer: false, isAutomatic: false }
  if (channel === 'slack') return { do: 'slack', text: ask }
  return { do: 'text', channel: channel === 'whatsapp' ? 'whatsapp' : 'sms', text: ask, picture: topic === 'rewire' ? 12 : null }
}
