/** The month as it will be played: who writes when, over what, who answers, and how it ends. Pure: the same seed and time give the same. */
import type { Channel } from '#contract/words.ts'
import { createAgenda } from './agenda.ts'
import { makePeople, type Person } from './people.ts'
import { randomOf } from './random.ts'
import { arrivals, day, hour, minute } from './shop-time.ts'
import { makeWriter, type Kind, type Planning } from './kinds.ts'
import { special } from './specials.ts'
import { atWork, ongoing } from './ongoing.ts'
import { shift, shiftNames } from './shift.ts'
import { topics } from './texts/exchange.ts'
import { Script, type Story } from './story.ts'
import { today, todayCount } from './today.ts'

const month = 30 * day
/** Who tells what chance would tell too seldom. */
const specialCount = 12

export interface HistoryOptions {
  seed: string
  now: Date
  /** About how many contacts. */
  count: number
}

export function planHistory({ seed, now: end, count }: HistoryOptions): Story[] {
  const now = end.getTime()
  const random = randomOf(seed)
  const planning: Planning = { random, agenda: createAgenda(shift), now }
  const people = makePeople(seed, Math.max(72, todayCount + Math.round(count / 4.8)))
  const regulars = people.slice(specialCount + todayCount)
  const begins = new Script(now - month - minute)
  for (const agent of shiftNames) begins.after(1_000, { do: 'presence', agent, presence: 'break' })
  const first: Story = { kind: 'shift-begins', person: people[0]!, steps: begins.steps, isOngoing: false }

  const set = special(planning, people.slice(0, specialCount))
  const recent = today(planning, people.slice(specialCount, specialCount + todayCount))
  const free = new Map<string, number>()
  const times = arrivals(random, new Date(now - month), new Date(now - hour), Math.max(10, count - set.length - recent.length - 12))
  const usual = times.flatMap((at) => usualStory(planning, regulars, free, at.getTime()) ?? [])
  const waiting = ongoing(planning, regulars.filter((person) => (free.get(person.key) ?? 0) < now - 5 * hour))
  const areWaiting = new Set(waiting.map((story) => story.person.key))
  const ended = new Script(now)
  for (const agent of shiftNames) {
    ended.after(0, { do: 'presence', agent, presence: 'offline' })
    if (atWork.has(agent)) ended.after(0, { do: 'presence', agent, presence: 'break' })
  }
  const inOrder = (stories: readonly Story[]): Story[] => [...stories].sort((a, b) => startOf(a) - startOf(b))
  // What screens show first is told first: today, then who waits now, with all they wrote before, then everybody else's month.
  return [
    first,
    ...inOrder(recent),
    ...inOrder(usual.filter((story) => areWaiting.has(story.person.key))),
    ...waiting,
    ...inOrder([...set, ...usual.filter((story) => !areWaiting.has(story.person.key))]),
    { kind: 'shift-ends', person: people[0]!, steps: ended.steps, isOngoing: true },
  ]
}

const startOf = (story: Story): number => story.steps[0]?.at.getTime() ?? 0

const kinds: Readonly<Record<Kind, number>> = { answered: 70, late: 9, 'no-reply': 5, 'abandoned': 6, spam: 3, moved: 5, 'handed-over': 3, unverified: 2 }

/** For so long a new message would open the contact before again: the stories tell of new ones. */
const restMs: Readonly<Record<Channel, number>> = { voice: hour, webchat: hour, sms: 25 * hour, whatsapp: 25 * hour, slack: 25 * hour, email: 73 * hour }

/** One contact of somebody who has none running; undefined when it would not be over by now. */
function usualStory(planning: Planning, people: readonly Person[], free: Map<string, number>, at: number): Story | undefined {
  const { random } = planning
  const idle = people.filter((person) => (free.get(person.key) ?? 0) < at)
  if (idle.length === 0) return undefined
  const person = random.pick(idle)
  const kind = random.weighted(kinds)
  const channel = kind === 'abandoned' ? random.pick(['voice', 'webchat'] as const) : kind === 'unverified' || kind === 'spam' ? 'email' : random.weighted(person.channels)
  const story = makeWriter(planning, person, at).write(kind, channel, random.pick(topics))
  if (!story) return undefined
  free.set(person.key, (story.steps.at(-1)?.at.getTime() ?? at) + restMs[channel])
  return story
}
