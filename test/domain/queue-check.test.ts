import { describe, expect, it } from 'vitest'
import { channels, unitsOf, type Channel } from '#contract/words.ts'
import { checkQueue, circleFrom, refuseQueue, type QueuePlan } from '#server/domain/queue-check.ts'
import { chooseAgent, matchQueues, type RoutableAgent, type RoutableEntry } from '#server/domain/routing.ts'

const minute = 60_000
const member = (id: string, skills: Record<string, number> = {}, over: Partial<QueuePlan['members'][number]> = {}) => ({ id, skills: new Map(Object.entries(skills)), capacity: { live: 100, deferred: 100 }, units: {}, ...over })
const plan = (over: Partial<QueuePlan> = {}): QueuePlan => ({ skills: [], rings: [], members: [member('ada', { french: 3 })], units: {}, channels: ['voice', 'email'], slaMarginMs: minute, longestTargetMs: null, opensAgain: true, ...over })
const french = (level: number) => [{ skillId: 'french', level }]
const ring = (afterMinutes: number, over: { levelsDown?: number; dropSkillIds?: string[] } = {}) => ({ afterMs: afterMinutes * minute, levelsDown: 0, dropSkillIds: [], ...over })

describe('what is said about a queue', () => {
  it.each<[string, Partial<QueuePlan>, object[]]>([
    ['nothing where all is well', {}, []],
    ['that nobody serves it', { members: [] }, [{ code: 'no-members' }]],
    ['that its hours never come', { opensAgain: false }, [{ code: 'never-opens' }]],
    ['the skill nobody has', { skills: [{ skillId: 'greek', level: 1 }] }, [{ code: 'skill-nobody-has', skillId: 'greek', level: 1 }]],
    ['the level nobody has', { skills: french(4) }, [{ code: 'skill-nobody-has', skillId: 'french', level: 4 }]],
    ['nothing at exactly the level', { skills: french(3) }, []],
    ['that no one person has both skills', { skills: [...french(1), { skillId: 'law', level: 1 }], members: [member('ada', { french: 3 }), member('bob', { law: 3 })] }, [{ code: 'nobody-has-all-skills' }]],
    ['nothing when a ring drops one of them', { skills: [...french(1), { skillId: 'law', level: 1 }], members: [member('ada', { french: 3 }), member('bob', { law: 3 })], rings: [ring(1, { dropSkillIds: ['law'] })] }, []],
    ['a ring that lets nobody new in', { skills: french(3), rings: [ring(1, { levelsDown: 1 })] }, [{ code: 'ring-changes-nothing', ring: 0 }]],
    ['nothing about a ring that lets somebody in', { skills: french(3), members: [member('ada', { french: 3 }), member('bob', { french: 2 })], rings: [ring(1, { levelsDown: 1 })] }, []],
    ['a second ring that is one too many', { skills: french(3), members: [member('ada', { french: 3 }), member('bob', { french: 2 })], rings: [ring(1, { levelsDown: 1 }), ring(2, { levelsDown: 1 })] }, [{ code: 'ring-changes-nothing', ring: 1 }]],
    ['a channel nobody has room for', { members: [member('ada', {}, { capacity: { live: 50, deferred: 100 } })] }, [{ code: 'no-room', channel: 'voice' }]],
    ['nothing where the member’s own units fit', { members: [member('ada', {}, { capacity: { live: 50, deferred: 100 }, units: { voice: 50 } })] }, []],
    ['a margin that is longer than the promise', { longestTargetMs: minute }, [{ code: 'margin-over-target', targetMs: minute }]],
  ])('is %s', (_, over, warnings) => expect(checkQueue(plan(over))).toEqual(warnings))
})

describe('what is refused', () => {
  const none = new Map<string, string[]>()
  it.each([
    ['rings that open at one time', [ring(1, { levelsDown: 1 }), ring(1, { levelsDown: 1 })], [{ path: 'rings.1.afterMs', code: 'rings-out-of-order' }]],
    ['a ring that relaxes nothing', [ring(1)], [{ path: 'rings.0', code: 'ring-empty' }]],
    ['nothing about rings in order', [ring(1, { levelsDown: 1 }), ring(2, { dropSkillIds: ['french'] })], []],
  ])('%s', (_, rings, refusals) => expect(refuseQueue({ id: 'a', rings }, none)).toEqual(refusals))

  it.each([
    ['into itself', { a: ['a'] }, ['a']],
    ['over another and back', { a: ['b'], b: ['a'] }, ['a', 'b']],
    ['by the second of its ways', { a: ['b', 'c'], b: [], c: ['d'], d: ['a'] }, ['a', 'c', 'd']],
    ['nowhere', { a: ['b'], b: ['c'] }, null],
    ['into a circle it is no part of', { a: ['b'], b: ['c'], c: ['b'] }, null],
  ])('overflow %s', (_, ways, circle) => expect(circleFrom('a', new Map(Object.entries(ways)))).toEqual(circle))
})

describe('members that differ', () => {
  const now = new Date('2026-11-10T10:00:00Z')
  const before = new Date(now.getTime() - minute)
  const agent = (id: string, membership: { priority?: number; units?: Partial<Record<Channel, number>> } = {}, over: Partial<RoutableAgent> = {}): RoutableAgent => ({
    id, presence: 'available', isDraining: false, queueIds: new Set(['support']), memberships: new Map([['support', { priority: 1, units: {}, ...membership }]]), skills: new Map(), channels: new Set(channels),
    capacity: { live: 100, deferred: 100 }, used: { live: 0, deferred: 0 }, isOnCall: false, isInCallWrapUp: false, openLiveOffers: 0, idleSince: before, ...over,
  })
  const mail = (id: string): RoutableEntry => ({ id, contactId: id, queueId: 'support', demand: 'messages', channel: 'email', ...unitsOf.email, rankAt: before, enqueuedAt: before, workableAt: before, skills: [], refusedBy: new Map(), preferred: [], only: null })
  const support = { id: 'support', rings: [] }

  it('asks a second choice only while no first choice can', () => {
    const [first, second] = [agent('first', {}, { used: { live: 0, deferred: 80 } }), agent('second', { priority: 2 })]
    expect(chooseAgent(mail('m'), [second, first], support, now)).toMatchObject({ agentId: 'first', nextThree: ['second'] })
    expect(chooseAgent(mail('m'), [second, { ...first, used: { live: 0, deferred: 81 } }], support, now)).toMatchObject({ agentId: 'second' })
  })

  it('gives a beginner so many contacts as their own units allow', () => {
    const plan = matchQueues([mail('1'), mail('2'), mail('3')], [agent('beginner', { units: { email: 50 } })], new Map([['support', support]]), now)
    expect(plan.map((one) => one.kind)).toEqual(['offer', 'offer', 'wait'])
  })

  it('offers nothing of a queue whose members take by themselves', () => {
    expect(chooseAgent(mail('m'), [agent('ada')], { ...support, isPull: true }, now)).toMatchObject({ kind: 'wait', reason: 'pull-queue', nextChangeAt: null })
  })
})
