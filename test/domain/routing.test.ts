import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channels, unitsOf, type Channel } from '#contract/words.ts'
import { compareRank, expectedWait, mostUrgentEntry, positionOf, rankAt, usualHeadStarts, waitMs, workableAt } from '#server/domain/queueing.ts'
import { afterOffer, chooseAgent, Line, matchQueues, type RoutableAgent, type RoutableEntry, type RoutableQueue } from '#server/domain/routing.ts'
import { mayTakeUnits, unitsOfContact } from '#server/domain/units.ts'

const now = new Date('2026-11-10T10:00:00Z')
const before = (ms: number) => new Date(now.getTime() - ms)
const after = (ms: number) => new Date(now.getTime() + ms)
const s = 1_000

const agent = (id: string, over: Partial<RoutableAgent> = {}): RoutableAgent => ({
  id, presence: 'available', isDraining: false, queueIds: new Set(['support']), skills: new Map(), channels: new Set(channels), capacity: { live: 100, deferred: 100 },
  used: { live: 0, deferred: 0 }, isOnCall: false, isInCallWrapUp: false, openLiveOffers: 0, idleSince: before(60 * s), ...over,
})
const entry = (id: string, channel: Channel = 'sms', over: Partial<RoutableEntry> = {}): RoutableEntry => ({
  id, contactId: `k-${id}`, queueId: 'support', demand: channel === 'voice' ? 'call' : channel === 'webchat' ? 'chat' : 'messages', channel, ...unitsOf[channel],
  rankAt: before(30 * s), enqueuedAt: before(30 * s), workableAt: before(30 * s), skills: [], refusedBy: new Map(), preferred: [], only: null, ...over,
})
const support: RoutableQueue = { id: 'support', rings: [] }
const queues = new Map([['support', support], ['billing', { id: 'billing', rings: [] }]])

describe('the order of the line', () => {
  const base = { enqueuedAt: now, priority: 0, tier: 'standard', isUrgent: false, slaDueAt: null } as const
  it.each([
    ['nothing special', {}, now],
    ['two steps of priority', { priority: 2 }, before(600 * s)],
    ['a gold customer', { tier: 'gold' }, before(300 * s)],
    ['urgent', { isUrgent: true }, before(600 * s)],
    ['everything together', { priority: 1, tier: 'silver', isUrgent: true }, before((300 + 120 + 600) * s)],
    ['a promise far away', { slaDueAt: after(3600 * s) }, now],
    ['a promise due in 30 s', { slaDueAt: after(30 * s) }, before(30 * s)],
  ] as const)('%s', (_, over, at) => expect(rankAt({ ...base, ...over }, usualHeadStarts)).toEqual(at))

  it('puts the older id first between equals', () => expect(compareRank({ rankAt: now, id: 'a' }, { rankAt: now, id: 'b' })).toBeLessThan(0))
  it('gives a contact the place of its most urgent entry', () => {
    const of = (id: string, demand: 'call' | 'chat' | 'messages', isEmail = false, at = now) => ({ id, demand, isEmail, rankAt: at })
    expect(mostUrgentEntry([of('mail', 'messages', true, before(9999 * s)), of('sms', 'messages'), of('chat', 'chat')])?.id).toBe('chat')
    expect(mostUrgentEntry([of('chat', 'chat'), of('call', 'call', false, after(s))])?.id).toBe('call')
    expect(mostUrgentEntry([])).toBeNull()
  })
  it('counts waits from the opening, not from the night before', () => {
    const opensAt = after(3600 * s)
    expect(workableAt(now, { isOpen: false, opensAt })).toEqual(opensAt)
    expect(workableAt(now, { isOpen: true })).toEqual(now)
    expect(waitMs({ enqueuedAt: now, workableAt: opensAt }, after(3610 * s))).toBe(10 * s)
    expect(waitMs({ enqueuedAt: now, workableAt: opensAt }, after(10 * s))).toBe(0)
  })
  it('tells a position among those who could take the same agents', () => {
    const one = (id: string, at: Date, ...agents: string[]) => ({ id, contactId: `k${id}`, demand: 'call' as const, rankAt: at, agentIds: new Set(agents) })
    expect(positionOf(one('3', now, 'ada'), [one('1', before(5), 'ada', 'bob'), one('2', before(4), 'bob'), one('4', after(1), 'ada')])).toBe(1)
    const [chat, mail, later] = [{ ...one('1', before(5), 'ada'), demand: 'chat' as const }, { ...one('2', before(4), 'ada'), demand: 'messages' as const }, one('3', now, 'ada')]
    expect([positionOf(later, [chat, mail]), positionOf(mail, [chat]), positionOf({ ...later, demand: 'messages' }, [chat, mail])]).toEqual([1, 0, 1])
  })
  it('hides the expected wait under ten samples', () => {
    expect(expectedWait([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBeNull()
    expect(expectedWait([10, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual({ fromMs: 3, toMs: 8, samples: 10 })
  })
})

describe('units', () => {
  it('fills a live agent with three chats and a deferred one with five mails', () => {
    expect(mayTakeUnits({ demand: 'chat', kind: 'live', units: 33 }, { live: 66, deferred: 0 }, { live: 100, deferred: 100 })).toEqual({ fits: true })
    expect(mayTakeUnits({ demand: 'chat', kind: 'live', units: 33 }, { live: 99, deferred: 0 }, { live: 100, deferred: 100 })).toEqual({ fits: false, reason: 'no-units' })
    expect(mayTakeUnits({ demand: 'messages', kind: 'deferred', units: 20 }, { live: 0, deferred: 80 }, { live: 100, deferred: 100 })).toEqual({ fits: true })
    expect(mayTakeUnits({ demand: 'messages', kind: 'deferred', units: 20 }, { live: 0, deferred: 81 }, { live: 100, deferred: 100 })).toEqual({ fits: false, reason: 'no-units' })
  })
  it('wants no other live work beside a call, and sets deferred work aside', () => {
    expect(mayTakeUnits({ demand: 'call', kind: 'live', units: 100 }, { live: 33, deferred: 0 }, { live: 500, deferred: 100 })).toEqual({ fits: false, reason: 'live-work' })
    expect(mayTakeUnits({ demand: 'call', kind: 'live', units: 100 }, { live: 0, deferred: 100 }, { live: 100, deferred: 100 })).toEqual({ fits: true })
  })
  it('counts a contact once, by its live session', () => {
    expect(unitsOfContact([{ demand: 'chat', channel: 'webchat' }, { demand: 'messages', channel: 'email' }])).toEqual({ kind: 'live', units: 33 })
    expect(unitsOfContact([{ demand: 'messages', channel: 'sms' }], { sms: 10 })).toEqual({ kind: 'deferred', units: 10 })
  })
})

describe('who gets it', () => {
  it('gives live work to the agent idle longest', () =>
    expect(chooseAgent(entry('c', 'voice'), [agent('ada', { idleSince: before(10 * s) }), agent('bob', { idleSince: before(90 * s) }), agent('cy')], support, now)).toMatchObject({ kind: 'offer', agentId: 'bob', reason: 'longest-idle', nextThree: ['cy', 'ada'] }))
  it('gives messages to the agent least loaded', () =>
    expect(chooseAgent(entry('m'), [agent('ada', { used: { live: 0, deferred: 50 } }), agent('bob', { used: { live: 0, deferred: 25 } })], support, now)).toMatchObject({ agentId: 'bob', reason: 'least-loaded', nextThree: ['ada'] }))
  it('counts nobody idle who has live work: a second chat goes to who has none', () => {
    const chatting = agent('ada', { used: { live: 33, deferred: 0 }, idleSince: before(900 * s) })
    expect(chooseAgent(entry('c', 'webchat'), [chatting, agent('bob', { idleSince: before(s) })], support, now)).toMatchObject({ agentId: 'bob', nextThree: ['ada'] })
    expect(chooseAgent(entry('c', 'webchat'), [chatting, agent('bob', { used: { live: 66, deferred: 0 }, idleSince: before(999 * s) })], support, now)).toMatchObject({ agentId: 'ada' })
  })
  it.each([
    ['nobody is kept: spread', 0, 'cy'],
    ['two idle, one kept: spread', 1, 'cy'],
    ['two idle, two kept: whoever chats already', 2, 'bob'],
  ])('where idle agents are kept for calls, a chat: %s', (_, keepIdle, agentId) => {
    const agents = [agent('ada', { used: { live: 33, deferred: 0 } }), agent('bob', { used: { live: 66, deferred: 0 } }), agent('cy', { idleSince: before(90 * s) }), agent('di')]
    expect(chooseAgent(entry('c', 'webchat'), agents, { ...support, keepIdle }, now)).toMatchObject({ agentId })
    expect(chooseAgent(entry('c', 'voice'), agents, { ...support, keepIdle }, now)).toMatchObject({ agentId: 'cy' })
  })
  it('breaks ties by id', () => expect(chooseAgent(entry('m'), [agent('bob'), agent('ada')], support, now)).toMatchObject({ agentId: 'ada' }))
  it('waits with nobody-staffed when there is nobody at all', () => expect(chooseAgent(entry('m'), [], support, now)).toMatchObject({ kind: 'wait', reason: 'nobody-staffed', nextChangeAt: null }))
  it('waits until the opening', () => expect(chooseAgent(entry('m', 'sms', { workableAt: after(s) }), [agent('ada')], support, now)).toMatchObject({ kind: 'wait', reason: 'not-yet-workable', nextChangeAt: after(s) }))

  it.each([
    ['is not a member', { queueIds: new Set<string>() }, 'sms', 'not-member', 'nobody-staffed'],
    ['is offline', { presence: 'offline' }, 'sms', 'offline', 'nobody-staffed'],
    ['is on a break', { presence: 'break' }, 'sms', 'on-break', 'nobody-staffed'],
    ['is about to leave', { isDraining: true }, 'sms', 'draining', 'nobody-staffed'],
    ['may not do this channel', { channels: new Set<Channel>(['email']) }, 'sms', 'channel-not-allowed', 'nobody-has-the-skills'],
    ['is on a call', { isOnCall: true }, 'sms', 'on-call', 'everybody-busy'],
    ['wraps up a call', { isInCallWrapUp: true }, 'sms', 'wrap-up', 'everybody-busy'],
    ['has no units left', { used: { live: 0, deferred: 76 } }, 'sms', 'no-units', 'everybody-busy'],
    ['chats while a call rings', { used: { live: 33, deferred: 0 } }, 'voice', 'live-work', 'everybody-busy'],
    ['is looking at another live offer', { openLiveOffers: 1 }, 'webchat', 'offered-elsewhere', 'everybody-busy'],
  ] as const)('says why an agent who %s is passed over', (_, over, channel, reason, wait) =>
    expect(chooseAgent(entry('x', channel), [agent('ada', over as Partial<RoutableAgent>)], support, now)).toMatchObject({ kind: 'wait', reason: wait, excludedByReason: { [reason]: { count: 1, agentIds: ['ada'] } } }))

  it('names at most 20 agents per reason but counts them all', () => {
    const choice = chooseAgent(entry('x'), Array.from({ length: 30 }, (_, index) => agent(`a${index}`, { presence: 'offline' })), support, now)
    expect(choice.excludedByReason.offline).toMatchObject({ count: 30 })
    expect(choice.excludedByReason.offline?.agentIds).toHaveLength(20)
  })
})

describe('skills and rings', () => {
  const french = [{ skillId: 'french', level: 3 }]
  const rings = { id: 'support', rings: [{ afterMs: 40 * s, levelsDown: 2, dropSkillIds: [] }, { afterMs: 90 * s, levelsDown: 0, dropSkillIds: ['french'] }] }
  it('chooses the agent who speaks French, though another is free longer', () =>
    expect(chooseAgent(entry('x', 'voice', { skills: french }), [agent('ada', { idleSince: before(900 * s) }), agent('bob', { skills: new Map([['french', 3]]) })], rings, now)).toMatchObject({ agentId: 'bob' }))
  it('waits, and says when the next ring opens', () =>
    expect(chooseAgent(entry('x', 'sms', { skills: french }), [agent('ada', { skills: new Map([['french', 1]]) })], rings, now)).toMatchObject({ kind: 'wait', reason: 'nobody-has-the-skills', nextChangeAt: after(10 * s) }))
  it('relaxes with waiting: a lower level at 40 s, no French at 90 s', () => {
    const at = (ms: number) => chooseAgent(entry('x', 'sms', { skills: french }), [agent('ada', { skills: new Map([['french', 1]]) })], rings, after(ms)).kind
    expect([at(10 * s - 1), at(10 * s)]).toEqual(['wait', 'offer'])
    const none = (ms: number) => chooseAgent(entry('x', 'sms', { skills: french }), [agent('ada')], rings, after(ms)).kind
    expect([none(60 * s - 1), none(60 * s)]).toEqual(['wait', 'offer'])
  })
})

describe('declined and missed offers', () => {
  const refused = (at: Date) => entry('x', 'sms', { refusedBy: new Map([['ada', at]]), workableAt: before(300 * s) })
  it('asks somebody else', () => expect(chooseAgent(refused(before(10 * s)), [agent('ada'), agent('bob')], support, now)).toMatchObject({ agentId: 'bob' }))
  it('keeps the agent excluded for 60 s even when nobody else is left', () =>
    expect(chooseAgent(refused(before(59_999)), [agent('ada')], support, now)).toMatchObject({ kind: 'wait', reason: 'everybody-refused', nextChangeAt: after(1) }))
  it('asks again after 60 s when nobody else is left', () => expect(chooseAgent(refused(before(60 * s)), [agent('ada')], support, now)).toMatchObject({ kind: 'offer', agentId: 'ada' }))
  it('is not kept waiting by a refusal from before the clock was put back an hour', () =>
    expect(chooseAgent(refused(after(3600 * s)), [agent('ada')], support, now)).toMatchObject({ kind: 'offer', agentId: 'ada' }))
  it('prefers the others as long as there are any', () => expect(chooseAgent(refused(before(200 * s)), [agent('ada'), agent('bob', { used: { live: 0, deferred: 50 } })], support, now)).toMatchObject({ agentId: 'bob' }))
  it('asks again when a ring opened since', () =>
    expect(chooseAgent(refused(before(200 * s)), [agent('ada'), agent('bob', { used: { live: 0, deferred: 50 } })], { id: 'support', rings: [{ afterMs: 150 * s, levelsDown: 0, dropSkillIds: [] }] }, now)).toMatchObject({ agentId: 'ada' }))
  it('puts an agent who missed an offer on a break, not one who declined, and tells the supervisor at five', () => {
    expect(afterOffer('timed-out', 1)).toEqual({ excludesAgent: true, agentPresence: 'break-missed', tellSupervisor: false, entry: 'keeps-its-place' })
    expect(afterOffer('declined', 5)).toEqual({ excludesAgent: true, agentPresence: 'unchanged', tellSupervisor: true, entry: 'keeps-its-place' })
    expect(afterOffer('withdrawn', 1)).toMatchObject({ excludesAgent: false, tellSupervisor: false })
  })
})

describe('preference', () => {
  const preferred = [{ agentId: 'ada', as: 'owner', holdMs: 60 * s }, { agentId: 'bob', as: 'last-agent', holdMs: 0 }] as const
  it('takes the owner before the one idle longest', () => expect(chooseAgent(entry('x', 'sms', { preferred }), [agent('ada'), agent('cy', { idleSince: before(900 * s) })], support, now)).toMatchObject({ agentId: 'ada', reason: 'owner' }))
  it('holds for a busy owner, then takes the last agent', () => {
    const agents = [agent('ada', { isOnCall: true }), agent('bob', { used: { live: 0, deferred: 75 } }), agent('cy')]
    expect(chooseAgent(entry('x', 'sms', { preferred }), agents, support, now)).toMatchObject({ kind: 'wait', reason: 'held-for-preferred', nextChangeAt: after(30 * s) })
    expect(chooseAgent(entry('x', 'sms', { preferred }), agents, support, after(30 * s))).toMatchObject({ agentId: 'bob', reason: 'last-agent' })
  })
  it('gives it to the owner who comes free while it is held for the last agent', () => {
    const wanted = entry('x', 'sms', { preferred: [{ agentId: 'ada', as: 'owner', holdMs: 0 }, { agentId: 'bob', as: 'last-agent', holdMs: 60 * s }] })
    const line = new Line(queues)
    line.setAgent(agent('ada', { isOnCall: true }))
    line.setAgent(agent('bob', { isOnCall: true }))
    line.enter(wanted)
    expect(line.next(now)).toBeNull()
    line.setAgent(agent('ada'))
    expect(line.next(now)).toMatchObject({ agentId: 'ada', reason: 'owner' })
  })
  it('gives it to others at once when the owner goes home, whoever refused it meanwhile', () => {
    const line = new Line(queues)
    for (const id of ['ada', 'bob']) line.setAgent(agent(id, { presence: 'offline' }))
    line.enter(entry('x', 'sms', { preferred: [{ agentId: 'ada', as: 'owner', holdMs: 300 * s }], refusedBy: new Map([['cy', before(s)]]) }))
    expect(line.next(now)).toBeNull()
    line.setAgent(agent('ada', { isOnCall: true }))
    line.setAgent(agent('bob'))
    expect(line.next(now)).toBeNull()
    line.setAgent(agent('ada', { presence: 'offline' }))
    expect(line.next(now)).toMatchObject({ agentId: 'bob' })
  })
  it('does not hold for an owner who went home', () => expect(chooseAgent(entry('x', 'sms', { preferred }), [agent('ada', { presence: 'offline' }), agent('cy')], support, now)).toMatchObject({ agentId: 'cy', reason: 'least-loaded' }))
  it('rings only the owner for 15 s, then anybody', () => {
    const ringing = entry('x', 'voice', { only: { agentId: 'ada', until: after(15 * s) } })
    expect(chooseAgent(ringing, [agent('ada'), agent('cy', { idleSince: before(900 * s) })], support, now)).toMatchObject({ agentId: 'ada', reason: 'owner' })
    expect(chooseAgent(ringing, [agent('ada', { openLiveOffers: 1 }), agent('cy')], support, after(14 * s))).toMatchObject({ kind: 'wait', reason: 'held-for-preferred' })
    expect(chooseAgent(ringing, [agent('ada', { openLiveOffers: 1 }), agent('cy')], support, after(15 * s))).toMatchObject({ agentId: 'cy' })
  })
})

describe('one line over all queues', () => {
  const both = new Set(['support', 'billing'])
  it('gives a freed agent the best contact over all queues they serve', () => {
    const ada = agent('ada', { queueIds: both })
    const first = entry('2', 'sms', { queueId: 'billing', rankAt: before(90 * s) })
    expect(matchQueues([entry('1', 'sms', { units: 100 }), { ...first, units: 100 }], [ada], queues, now).map((match) => [match.entry.id, match.kind])).toEqual([['2', 'offer'], ['1', 'wait']])
  })
  it('counts a contact once, at its most urgent entry', () => {
    const mail = entry('1', 'email', { contactId: 'k', rankAt: before(999 * s) })
    const chat = entry('2', 'webchat', { contactId: 'k' })
    expect(matchQueues([mail, chat], [agent('ada'), agent('bob')], queues, now).map((match) => match.entry.id)).toEqual(['2'])
  })
  it('gives one call to each agent and lets the third wait', () => {
    const plan = matchQueues([entry('3', 'voice'), entry('1', 'voice'), entry('2', 'voice')], [agent('ada'), agent('bob')], queues, now)
    expect(plan.map((match) => [match.entry.id, match.kind === 'offer' ? match.agentId : match.reason])).toEqual([['1', 'ada'], ['2', 'bob'], ['3', 'everybody-busy']])
  })

  const anyEntry = fc.record({ channel: fc.constantFrom(...channels), rank: fc.integer({ min: 0, max: 9 }), skill: fc.boolean(), queueId: fc.constantFrom('support', 'billing') })
  const anyAgent = fc.record({ presence: fc.constantFrom('available', 'break', 'offline'), live: fc.constantFrom(0, 33, 66, 100), deferred: fc.integer({ min: 0, max: 120 }), french: fc.boolean(), both: fc.boolean(), isOnCall: fc.boolean() })
  it('never plans over a capacity, never passes over somebody who could have been served', () =>
    fc.assert(fc.property(fc.array(anyEntry, { maxLength: 12 }), fc.array(anyAgent, { maxLength: 5 }), (rows, people) => {
      const entries = rows.map((row, index) => entry(String(index).padStart(2, '0'), row.channel, { queueId: row.queueId, rankAt: after(row.rank * s), skills: row.skill ? [{ skillId: 'french', level: 1 }] : [] }))
      const agents = people.map((one, index) => agent(`a${index}`, { presence: one.presence as 'available', used: { live: one.live, deferred: one.deferred }, isOnCall: one.isOnCall, skills: new Map(one.french ? [['french', 1]] : []), queueIds: one.both ? both : new Set(['support']) }))
      const plan = matchQueues(entries, agents, queues, now)
      const rank = plan.map((match) => match.entry)
      expect(rank).toEqual([...rank].sort(compareRank))
      for (const one of agents) {
        const got = plan.filter((match) => match.kind === 'offer' && match.agentId === one.id).map((match) => match.entry)
        for (const kind of ['live', 'deferred'] as const) {
          const added = got.filter((each) => each.kind === kind).reduce((sum, each) => sum + each.units, 0)
          if (added > 0) expect(one.used[kind] + added).toBeLessThanOrEqual(one.capacity[kind])
        }
        if (got.length > 0) expect([one.presence, one.isOnCall]).toEqual(['available', false])
      }
      // Running the plan again over what is left finds nothing more to offer.
      const used = new Map(agents.map((one) => [one.id, one]))
      for (const match of plan) if (match.kind === 'offer') {
        const taken = used.get(match.agentId)!
        used.set(taken.id, { ...taken, used: { ...taken.used, [match.entry.kind]: taken.used[match.entry.kind] + match.entry.units }, openLiveOffers: taken.openLiveOffers + (match.entry.kind === 'live' ? 1 : 0) })
      }
      const waiting = plan.filter((match) => match.kind === 'wait').map((match) => match.entry)
      expect(matchQueues(waiting, [...used.values()], queues, now).filter((match) => match.kind === 'offer')).toEqual([])
    }), { numRuns: 300 }))
})
