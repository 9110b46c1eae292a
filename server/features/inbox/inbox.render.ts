/**
 * What the relay sends: for each numbered event the views of the rows it names, loaded once per batch, and put together for
 * each room by the pure `viewFor`. A view that left the room's sight is not in it.
 */
import type { EventRefs, StaffEnvelope, StaffRemoved, StaffUpsert } from '#contract/events.ts'
import type { AgentView, ContactView, CustomerView, MessageView, OfferView, SessionView, SuggestionView } from '#contract/views.ts'
import type { Tx } from '../../platform/db.ts'
import type { NumberedEvent } from '../../platform/relay/relay.ts'
import { agentViews } from '../agents/agents.views.ts'
import { contactViews, sessionViews } from '../contacts/contacts.views.ts'
import { fullSight, messageViewsOf, plainSight } from '../conversations/conversations.views.ts'
import { customerViews, suggestionViews } from '../customers/customers.views.ts'
import { offerViews } from '../routing/offers.views.ts'
import { agentSight, restrictedContacts, type AgentSight } from './inbox.sight.ts'

export interface Rendered {
  messages: Map<string, MessageView>
  plainMessages: Map<string, MessageView>
  contacts: Map<string, ContactView>
  offers: Map<string, OfferView>
  sessions: Map<string, SessionView>
  agents: Map<string, AgentView>
  customers: Map<string, CustomerView>
  suggestions: Map<string, SuggestionView>
  /** Of the contacts and those of the sessions, the ones of restricted queues, with the team that may read them. */
  restricted: Map<string, string>
  /** What the agents whose rooms are told may not see. */
  sight: AgentSight
}

/** Loads the views of everything a batch names, each once. */
export async function loadViews(db: Pick<Tx, 'query'>, events: readonly NumberedEvent[]): Promise<Rendered> {
  const ids = (pick: (refs: EventRefs) => string[] | undefined): string[] => [...new Set(events.flatMap((event) => pick(event.refs) ?? []))]
  // Lists are never told messages: only those of conversations that somebody has open are loaded.
  const messageIds = [...new Set(events.flatMap((event) => (audienceOf(event.room).startsWith('conversation') ? (event.refs.messageIds ?? []) : [])))]
  const needsPlain = events.some((event) => audienceOf(event.room) === 'conversation-plain')
  const contactIds = ids((refs) => refs.contactIds)
  const sessionIds = ids((refs) => refs.sessionIds)
  const [[messages = [], plainMessages = []], contacts, offers, sessions, agents, customers, suggestions, restricted, sight] = await Promise.all([
    messageViewsOf(db, messageIds, needsPlain ? [fullSight, plainSight] : [fullSight]),
    contactViews(db, contactIds),
    offerViews(db, ids((refs) => refs.offerIds)),
    sessionViews(db, sessionIds),
    agentViews(db, ids((refs) => refs.agentIds)),
    customerViews(db, ids((refs) => refs.customerIds)),
    suggestionViews(db, ids((refs) => refs.suggestionIds)),
    restrictedContacts(db, contactIds, sessionIds),
    agentSight(db, events),
  ])
  return { messages: byId(messages), plainMessages: byId(plainMessages), contacts: byId(contacts), offers: byId(offers), sessions: byId(sessions), agents: byId(agents), customers: byId(customers), suggestions: byId(suggestions), restricted, sight }
}

export type Audience = 'conversation-plain' | 'conversation-full' | 'agent' | 'list' | 'staff' | 'visitor'

export function audienceOf(room: string): Audience {
  if (room.startsWith('conversation:')) return room.endsWith(':full') ? 'conversation-full' : 'conversation-plain'
  if (room.startsWith('agent:')) return 'agent'
  if (room.startsWith('visitor:')) return 'visitor'
  return room === 'staff' ? 'staff' : 'list'
}

/**
 * An allow-list: what each audience is told of an event. Lists (team, supervisors) get contacts and suggestions, never messages;
 * offers go to the agent they are for and to who asked them; read marks to the reader alone. In the room of grey lines `readable`
 * are the restricted contacts that this reader may read all the same.
 */
export function viewFor(event: NumberedEvent, rendered: Rendered, readable: ReadonlySet<string> = nothing): StaffEnvelope {
  const audience = audienceOf(event.room)
  const { refs } = event
  const upsert: StaffUpsert = {}
  const inConversation = audience === 'conversation-plain' || audience === 'conversation-full'
  if (inConversation) {
    const isWhole = (contactId: string | null): boolean => audience === 'conversation-full' || (contactId !== null && readable.has(contactId))
    put(upsert, 'messages', pick(rendered.messages, refs.messageIds).flatMap((whole) => (isWhole(whole.contactId) ? whole : (rendered.plainMessages.get(whole.id) ?? []))))
    put(upsert, 'sessions', pick(rendered.sessions, refs.sessionIds).filter((session) => isWhole(session.contactId) || !rendered.restricted.has(session.contactId ?? '')))
    put(upsert, 'customers', pick(rendered.customers, refs.customerIds))
  }
  if (audience !== 'staff') {
    put(upsert, 'contacts', pick(rendered.contacts, refs.contactIds).filter((contact) => maySee(event, audience, contact, rendered, readable)))
    put(upsert, 'suggestions', pick(rendered.suggestions, refs.suggestionIds))
  }
  if (audience === 'agent' || audience === 'list') put(upsert, 'offers', offersFor(event.room, pick(rendered.offers, refs.offerIds)))
  if (audience === 'staff') put(upsert, 'agents', pick(rendered.agents, refs.agentIds))
  return fitted({
    room: event.room, seq: event.seq, type: event.type, at: event.at.toISOString(), upsert, removed: removedFor(event, audience, rendered),
    ...reorderedFor(event, audience, rendered),
    ...(refs.read && audience === 'agent' ? { read: refs.read } : {}),
    ...(refs.settings && (audience === 'staff' || audience === 'agent') ? { settings: refs.settings } : {}),
    ...(refs.sight && audience === 'agent' ? { sightChanged: true as const } : {}),
  }, event)
}

const nothing: ReadonlySet<string> = new Set()

/** The restricted contacts of which an event in the room of grey lines tells something. */
export function restrictedIn(event: NumberedEvent, rendered: Rendered): string[] {
  if (audienceOf(event.room) !== 'conversation-plain') return []
  const { refs } = event
  const ofMessages = pick(rendered.plainMessages, refs.messageIds).flatMap((message) => (message.restricted && message.contactId ? message.contactId : []))
  const ofSessions = pick(rendered.sessions, refs.sessionIds).flatMap((session) => session.contactId ?? [])
  return [...new Set([...ofMessages, ...[...ofSessions, ...(refs.contactIds ?? [])].filter((id) => rendered.restricted.has(id))])]
}

/** Restricted contacts are read by their team and owner; an agent's own room holds what that agent may see now, however they came by it. */
function maySee(event: NumberedEvent, audience: Audience, contact: ContactView, rendered: Rendered, readable: ReadonlySet<string>): boolean {
  const restrictedTo = rendered.restricted.get(contact.id)
  if (audience === 'conversation-plain') return (restrictedTo === undefined || readable.has(contact.id)) && contact.conversationId === event.conversationId
  if (audience === 'agent') return !rendered.sight.isHidden(event.room, contact.id)
  return restrictedTo === undefined || !event.room.startsWith('team:') || event.room === `team:${restrictedTo}`
}

/** What screens drop: what ceased to be, and in an agent's own room what they may no longer see. */
function removedFor(event: NumberedEvent, audience: Audience, rendered: Rendered): StaffRemoved {
  const conversationIds = [...(event.refs.goneConversationIds ?? [])]
  const contactIds = [...(event.refs.goneContactIds ?? [])]
  if (audience === 'agent') {
    for (const contact of pick(rendered.contacts, event.refs.contactIds)) {
      if (rendered.sight.isConversationHidden(event.room, contact.id)) conversationIds.push(contact.conversationId)
      else if (rendered.sight.isHidden(event.room, contact.id)) contactIds.push(contact.id)
    }
  }
  return { ...(conversationIds.length > 0 ? { conversationIds: [...new Set(conversationIds)] } : {}), ...(contactIds.length > 0 ? { contactIds } : {}) }
}

/** Whose text came or went as a whole: by merge and move for everybody, and for an owner outside the restricted team as it becomes theirs or ceases to be. */
function reorderedFor(event: NumberedEvent, audience: Audience, rendered: Rendered): { reordered?: string[] } {
  const ids = [...(event.refs.reorderedConversationIds ?? [])]
  if (audience === 'agent' && !event.type.startsWith('message.')) {
    ids.push(...pick(rendered.contacts, event.refs.contactIds).filter((contact) => rendered.sight.isOutside(event.room, contact.id)).map((contact) => contact.conversationId))
  }
  return ids.length > 0 ? { reordered: [...new Set(ids)] } : {}
}

const envelopeBytesMax = 8 * 1024

/** What is too long to be told to everybody who has the conversation open is asked for by them: it counts as reordered. */
function fitted(envelope: StaffEnvelope, event: NumberedEvent): StaffEnvelope {
  const { messages, customers, ...rest } = envelope.upsert
  if ((!messages && !customers) || !event.conversationId || Buffer.byteLength(JSON.stringify(envelope)) <= envelopeBytesMax) return envelope
  return { ...envelope, upsert: rest, reordered: [...new Set([...(envelope.reordered ?? []), event.conversationId])] }
}

function offersFor(room: string, offers: OfferView[]): OfferView[] {
  return room.startsWith('agent:') ? offers.filter((offer) => room === `agent:${offer.agentId}` || room === `agent:${offer.fromAgentId}`) : []
}

function pick<V>(views: Map<string, V>, ids: readonly string[] | undefined): V[] {
  return (ids ?? []).flatMap((id) => views.get(id) ?? [])
}

function put<K extends keyof StaffUpsert>(upsert: StaffUpsert, key: K, views: NonNullable<StaffUpsert[K]>): void {
  if (views.length > 0) upsert[key] = views
}

function byId<V extends { id: string }>(views: readonly V[]): Map<string, V> {
  return new Map(views.map((view) => [view.id, view]))
}
