/** What is going on when the history reaches the present: somebody new waits on every quiet channel, two promises are at risk, one is broken, and some mail is being worked on. */
import type { Channel } from '#contract/words.ts'
import { mailboxOf, type Planning } from './kinds.ts'
import type { Person } from './people.ts'
import { minute } from './shop-time.ts'
import { Script, type Act, type Story } from './story.ts'
import { handlingOf, type Topic } from './texts/exchange.ts'
import { textsOf } from './texts/texts.ts'

/** Minutes ago. A first answer to a mail is promised in four hours, and warned of when a fifth of that is left. */
const waiting: readonly [Channel, Topic, number][] = [
  ['email', 'broken', 274], ['email', 'delivery', 208], ['email', 'return', 199], ['email', 'invoice', 41], ['email', 'shade', 26], ['slack', 'bulk', 8], ['sms', 'rewire', 6], ['whatsapp', 'delivery', 3], ['sms', 'hours', 1],
]

/** Mail stays with who took it, also over their break: anything else would go back to its queue. */
const inHand: readonly { topic: Topic; agent: string; minutesAgo: number; takenMinutesAgo: number }[] = [
  { topic: 'delivery', agent: 'Nora Whitfield', minutesAgo: 52, takenMinutesAgo: 14 }, { topic: 'return', agent: 'Amara Diallo', minutesAgo: 71, takenMinutesAgo: 9 }, { topic: 'broken', agent: 'Nora Whitfield', minutesAgo: 33, takenMinutesAgo: 5 },
]

/** Who of the shift still has something in hand. */
export const atWork: ReadonlySet<string> = new Set(inHand.map(({ agent }) => agent))

export function ongoing({ random, now }: Planning, people: readonly Person[]): Story[] {
  const left = [...people]
  const begin = (minutesAgo: number): { person: Person; script: Script } | undefined => {
    const [person] = left.splice(random.between(0, left.length - 1), 1)
    return person && { person, script: new Script(now - minutesAgo * minute - random.between(0, 40_000)) }
  }
  const told = ({ person, script }: { person: Person; script: Script }, kind: string): Story => ({ kind, person, steps: script.at(now, { do: 'pass' }).steps, isOngoing: true })
  const waits = waiting.flatMap(([channel, topic, minutesAgo]) => {
    const one = begin(minutesAgo)
    one?.script.after(0, says(one.person, channel, topic))
    return one ? told(one, 'waiting') : []
  })
  const worked = inHand.flatMap(({ topic, agent, minutesAgo, takenMinutesAgo }) => {
    const one = begin(minutesAgo)
    one?.script.after(0, says(one.person, 'email', topic)).at(now - takenMinutesAgo * minute, { do: 'take', agent })
    const { note } = handlingOf[topic]
    if (note) one?.script.after(2 * minute, { do: 'note', agent, text: note })
    return one ? told(one, 'in-hand') : []
  })
  return [...waits, ...worked]
}

function says(person: Person, channel: Channel, topic: Topic): Act {
  const { subject, ask } = textsOf[person.language].exchanges[topic]
  if (channel === 'email') return { do: 'mail', mailbox: mailboxOf(topic), subject, text: `${ask}\n\n${person.name}`, picture: topic === 'broken' ? 7 : null, isProved: true, isAnswer: false, isAutomatic: false }
  if (channel === 'slack') return { do: 'slack', text: ask }
  return { do: 'text', channel: channel === 'whatsapp' ? 'whatsapp' : 'sms', text: ask, picture: topic === 'rewire' ? 12 : null }
}
