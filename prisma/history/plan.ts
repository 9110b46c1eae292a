/** The month as it will be played: who writes when, over what, who answers, and how it ends. Pure: the same seed and time give the same. */
import type { Channel } from '#contract/words.ts'
import { createAgenda } from './agenda.ts'
import { makePeople, type Person } from './people.ts'
import { randomOf } from './random.ts'
import { arrivals, day, hour, minute } from './shop-time.ts'
import { makeWriter, type Kind, type Planning } from './kinds.ts'
import { special } from './specials.ts'
import { ongoing } from './ongoing.ts'
import { shift, shiftNames } from './shift.ts'
import { topics } from './texts/exchange.ts'
import { Script, type Story } from './story.ts'

const month = 30 * day
/** Of this much of the last day every figure gets something, whatever hour it is. */
const todayMs = 3 * hour

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
  const people = makePeople(seed, Math.max(60, Math.round(count / 4.2)))
  const specials = people.slice(0, 24)
  const regulars = people.slice(24)
  const begins = new Script(now - month - minute)
  for (const agent of shiftNames) begins.after(1_000, { do: 'presence', agent, presence: 'break' })
  const first: Story = { kind: 'shift-begins', person: people[0]!, steps: begins.steps, isOngoing: false }

  const set = [...special(planning, specials), ...today(planning, specials.slice(12))]
  const free = new Map<string, number>()
  const times = arrivals(random, new Date(now - month), new Date(now - hour), Math.max(10, count - set.length - 12))
  const usual = times.flatMap((at) => usualStory(planning, regulars, free, at.getTime()) ?? [])
  const ended = new Script(now)
  for (const agent of shiftNames) ended.after(0, { do: 'presence', agent, presence: 'offline' })
  return [
    first,
    ...[...set, ...usual].sort((a, b) => startOf(a) - startOf(b)),
    ...ongoing(planning, regulars.filter((person) => (free.get(person.key) ?? 0) < now - 6 * hour)),
    { kind: 'shift-ends', person: people[0]!, steps: ended.steps, isOngoing: true },
  ]
}

const startOf = (story: Story): number => story.steps[0]?.at.getTime() ?? 0

const kinds: Readonly<Record<Kind, number>> = { answered: 70, late: 9, 'no-reply': 5, 'abandoned': 6, spam: 3, moved: 5, 'handed-over': 3, unverified: 2 }

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
  free.set(person.key, (story.steps.at(-1)?.at.getTime() ?? at) + hour)
  return story
}

/** Something for every figure of today: answered and abandoned calls and chats, a late answer, a complaint, an answer to a survey. */
function today(planning: Planning, people: readonly Person[]): Story[] {
  const wishes: [Kind, Channel, (typeof topics)[number]][] = [
    ['answered', 'voice', 'bulb'], ['answered', 'webchat', 'shade'], ['abandoned', 'webchat', 'hours'], ['answered', 'sms', 'hours'], ['answered', 'webchat', 'broken'], ['answered', 'whatsapp', 'delivery'],
    ['abandoned', 'voice', 'bulb'], ['late', 'sms', 'return'], ['answered', 'voice', 'flicker'], ['answered', 'webchat', 'delivery'], ['answered', 'slack', 'bulk'], ['answered', 'webchat', 'bulb'],
  ]
  return wishes.flatMap(([kind, channel, topic], index) => {
    const person = people[index]
    if (!person) return []
    const at = planning.now - todayMs + (index * (todayMs - 55 * minute)) / wishes.length
    return makeWriter({ ...planning, isSame: true }, person, at).write(kind, channel, topic) ?? []
  })
}
