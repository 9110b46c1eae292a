import * as z from 'zod'
import * as words from '../words.ts'
import type * as views from '../views.ts'
import { Channel, Id, Instant, listQuery, Locale, pageOf } from './common.ts'
import { Contact, Message } from './views.ts'

/** Customers: who they are, whom they may also be, what they said. */

export const Identity = z
  .strictObject({
    id: Id, kind: z.enum(words.identityKinds), realm: z.string(), value: z.string(), displayName: z.string().nullable(), evidence: z.enum(words.evidences), shared: z.boolean(), bounced: z.boolean(),
    optedOut: z.boolean(),
  })
  .meta({ id: 'Identity' })
export const Claim = z.strictObject({ id: Id, kind: z.enum(['phone', 'email', 'name']), value: z.string(), source: z.string(), at: Instant }).meta({ id: 'Claim' })

export const Customer = z
  .strictObject({
    id: Id, conversationId: Id, name: z.string().nullable(), label: z.string().meta({ description: 'The name, else the best address; empty: a visitor' }), tier: z.enum(words.customerTiers),
    locale: Locale.nullable(), timeZone: z.string().nullable(), preferredChannel: Channel.nullable(), company: z.string().nullable(), attributes: z.record(z.string(), z.string()),
    identities: z.array(Identity), claims: z.array(Claim), merges: z.array(z.strictObject({ id: Id, at: Instant, foldedLabel: z.string(), automatic: z.boolean() })), createdAt: Instant, version: z.int(),
  })
  .meta({ id: 'Customer' })
export const CustomerPage = pageOf(Customer)

/** `identity`: an address exactly, in any spelling. `q`: part of a name or an address. */
export const customersQuery = z.strictObject({ ...listQuery.shape, identity: z.string().trim().min(1).max(255).optional(), q: z.string().trim().min(1).max(200).optional() })

const text = (max: number) => z.string().trim().max(max)
export const customerChange = z.strictObject({
  version: z.int().positive().meta({ description: 'The version the change was made on; another one now is refused with 409' }),
  name: text(200).nullable().optional(),
  tier: z.enum(words.customerTiers).optional(),
  locale: Locale.nullable().optional(),
  timeZone: text(60).nullable().optional(),
  preferredChannel: Channel.nullable().optional(),
  company: text(200).min(1).nullable().optional(),
  attributes: z.record(z.string().regex(/^[\w .-]{1,60}$/), text(500)).refine((attributes) => Object.keys(attributes).length <= 50).optional(),
})

export const verificationSend = z.strictObject({ identityId: Id })
export const verificationConfirm = z.strictObject({ identityId: Id, code: z.string().regex(/^\d{6}$/) })

/** Items in the order they happened. */
export const ConversationPage = pageOf(Message)

const suggestionSide = z.strictObject({ id: Id, conversationId: Id, label: z.string() })
export const Suggestion = z
  .strictObject({
    id: Id, customerA: suggestionSide, customerB: suggestionSide, evidence: z.array(z.strictObject({ code: z.string(), value: z.string(), at: Instant })), state: z.enum(words.suggestionStates),
    mergeId: Id.nullable(), at: Instant, version: z.int(),
  })
  .meta({ id: 'Suggestion' })
export const SuggestionPage = pageOf(Suggestion)
/** Without a survivor the older customer survives. */
export const suggestionAccept = z.strictObject({ survivorId: Id.optional() }).default({})

export const mergeCreate = z.strictObject({ survivorId: Id, foldedId: Id })
export const Merged = z.strictObject({ mergeId: Id, survivorId: Id, conversationId: Id }).meta({ id: 'Merged' })
export const undoBody = z.strictObject({ reason: text(500).nullable().default(null) }).default({ reason: null })
const counts = z.strictObject({ messages: z.int(), contacts: z.int(), identities: z.int(), claims: z.int() })
export const UndoPreview = z
  .strictObject({
    mergeId: Id, at: Instant, survivorId: Id, foldedId: Id, survivorLabel: z.string(), foldedLabel: z.string(),
    movesBack: counts.meta({ description: 'Rows of the merge, and what was born since and belongs to the folded customer' }),
    staysBehind: counts.pick({ messages: true, contacts: true }).meta({ description: 'Born since the merge and not the folded one\'s' }),
    reopens: z.boolean().meta({ description: 'A contact the merge closed is open again' }),
  })
  .meta({ id: 'UndoPreview' })
export type UndoPreview = z.infer<typeof UndoPreview>

export const searchQuery = z.strictObject({ q: z.string().trim().min(2).max(200) })
export const SearchHits = z.strictObject({ customers: z.array(Customer), contacts: z.array(Contact), messages: z.array(Message) }).meta({ id: 'SearchHits' })

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
export const schemasMatchViews: [Same<z.infer<typeof Customer>, views.CustomerView>, Same<z.infer<typeof Suggestion>, views.SuggestionView>] = [true, true]
