/** The busy hours before the present, at whatever hour of the day that is: every figure of the board rests on some of them. */
import type { Channel } from '#contract/words.ts'
import { startOfDay } from '#server/domain/calendar.ts'
import { makeWriter, type Kind, type Planning } from './kinds.ts'
import type { Person } from './people.ts'
import { hour, minute, shopZone } from './shop-time.ts'
import type { Story } from './story.ts'
import type { Topic } from './texts/exchange.ts'

interface Wish {
  kind: Kind
  channel: Channel
  topic: Topic
  /** What they answer to the survey; without it they do not. */
  score: number | null
}

const wish = (kind: Kind, channel: Channel, topic: Topic, score: number | null = null): Wish => ({ kind, channel, topic, score })

/** In the order they come. Each third has of everything, but what is late by text comes early enough to be over. */
const wishes: readonly Wish[] = [
  wish('answered', 'voice', 'bulb', 5), wish('answered', 'email', 'delivery'), wish('answered', 'webchat', 'shade', 4), wish('answered', 'sms', 'hours'), wish('late', 'sms', 'return'),
  wish('answered', 'webchat', 'delivery', 5), wish('answered', 'whatsapp', 'delivery'), wish('answered', 'email', 'invoice'), wish('answered', 'voice', 'delivery', 3), wish('abandoned', 'webchat', 'hours'),
  wish('answered', 'webchat', 'bulb', 5), wish('answered', 'slack', 'bulk'), wish('answered', 'voice', 'return'), wish('answered', 'email', 'return'), wish('answered', 'webchat', 'hours', 2),
  wish('answered', 'sms', 'bulb'), wish('late', 'webchat', 'return', 3), wish('answered', 'whatsapp', 'shade'), wish('answered', 'voice', 'hours', 5), wish('answered', 'webchat', 'shade', 4),
  wish('answered', 'slack', 'delivery'), wish('answered', 'webchat', 'bulb', 5), wish('answered', 'sms', 'delivery'), wish('answered', 'voice', 'bulb', 4), wish('answered', 'whatsapp', 'hours'),
  wish('answered', 'webchat', 'broken'), wish('answered', 'webchat', 'return'), wish('answered', 'voice', 'delivery'), wish('abandoned', 'voice', 'bulb'), wish('answered', 'webchat', 'hours'),
]

/** How many people `today` tells of. */
export const todayCount = wishes.length

const busyMs = 5 * hour
/** Right after midnight the evening before belongs to it. */
const busyMsMin = 1.5 * hour
/** The last one comes so long before the end, to be over by then. */
const lastMs = 6 * minute

/** @param people one for each wish, used by these stories only. */
export function today(planning: Planning, people: readonly Person[]): Story[] {
  const { agenda, now } = planning
  const midnight = startOfDay(shopZone, new Date(now)).getTime()
  const from = Math.min(Math.max(midnight, now - busyMs), now - busyMsMin)
  const stepMs = (now - lastMs - from) / wishes.length
  return wishes.flatMap(({ kind, channel, topic, score }, index) => {
    const person = people[index]
    if (!person) return []
    let at = Math.round(from + index * stepMs)
    // They come when somebody has time: who waits for long here is meant to.
    while (agenda.ask('Service', at + minute / 2, 5 * minute).at > at + minute / 2 && at < now) at += minute / 2
    return makeWriter({ ...planning, today: { score } }, person, at).write(kind, channel, topic) ?? []
  })
}
