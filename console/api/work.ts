/** The requests of daily work: sign-in, contacts, conversations, customers. Settings are in `settings.ts`. */
import type * as z from 'zod'
import type { Invitation } from '#contract/api/staff.ts'
import type { VoiceDevice, VoiceToken } from '#contract/api/voice.ts'
import type { Me, SignInAnswer, TwoFactorSetup } from '#contract/api/auth.ts'
import type { AgentWork } from '#contract/api/agents.ts'
import type { Why } from '#contract/api/contacts.ts'
import type { BoardRow } from '#contract/api/reports.ts'
import type { FigureName } from '#contract/board.ts'
import type { ListName } from '#contract/staff-socket.ts'
import type { AttachmentView, ContactView, CustomerView, MessageView, SuggestionView } from '#contract/views.ts'
import type { BreakReason, Channel, CustomerTier, Locale, Presence } from '#contract/words.ts'
import { http, sendFile } from './http.ts'

export interface Page<T> { items: T[]; nextCursor: string | null }

export interface ReachableChannel {
  channel: Channel
  identityId: string
  accountId: string
  address: string
  reachable: boolean
  /** Code of why not, worded on screen. */
  reason: string | null
  isDefault: boolean
  /** Everyone who will read an answer sent this way. */
  readers: string[]
  /** When it ends by itself: the 24 hours of WhatsApp. */
  until: string | null
  /** What to know before sending: `not-proved`, `shared`, `visitor-away`. */
  warnings: string[]
}

export interface NewMessage {
  clientId: string
  kind: 'reply' | 'note'
  channel?: Channel
  identityId?: string
  accountId?: string
  subject?: string
  text: string
  attachmentIds: string[]
}

export interface NewConversation { customerId: string; queueId: string; channel: Channel; identityId: string; accountId: string; subject?: string; text: string; clientId: string }

export interface SearchHits {
  contacts: ContactView[]
  customers: CustomerView[]
  messages: MessageView[]
}

export type TransferTarget = { agentId: string } | { queueId: string } | { skills: ContactView['skills'] }

export type RoutingExplanation = z.infer<typeof Why>

export interface UndoPreview { movesBack: Record<string, number>; staysBehind: Record<string, number>; survivorLabel: string; foldedLabel: string; reopens: boolean }

export const session = {
  signIn: (email: string, password: string) => http.post<SignInAnswer>('/session', { email, password }),
  /** The second step, where the account asks for a code. */
  enterCode: (code: string) => http.post<SignInAnswer>('/session/code', { code }),
  signOut: () => http.delete('/session'),
  signOutEverywhere: () => http.delete('/sessions'),
  forgottenPassword: (email: string) => http.post('/password/forgotten', { email }),
  resetPassword: (token: string, newPassword: string) => http.post('/password/reset', { token, newPassword }),
  invitation: (token: string) => http.post<Invitation>('/invitation', { token }),
  acceptInvitation: (token: string, name: string, password: string, locale: Locale) => http.post<SignInAnswer>('/invitation/accept', { token, name, password, locale }),
}

export const me = {
  read: () => http.get<Me>('/me'),
  change: (change: { name?: string; locale?: Locale }) => http.patch<Me>('/me', change),
  changePassword: (currentPassword: string, newPassword: string) => http.post('/me/password', { currentPassword, newPassword }),
  beginTwoFactor: (password: string) => http.post<TwoFactorSetup>('/me/two-factor', { password }),
  confirmTwoFactor: (code: string) => http.post('/me/two-factor/confirm', { code }),
  endTwoFactor: (password: string) => http.delete('/me/two-factor', { password }),
  setPresence: (presence: Presence, reason?: BreakReason) => http.post('/presence', reason === undefined ? { presence } : { presence, reason }),
}

export const contacts = {
  list: (list: Exclude<ListName, 'offered'>, cursor: string | null, queueId: string | null) => http.get<Page<ContactView>>('/contacts', { list, cursor, queueId }),
  accept: (id: string) => http.post(`/contacts/${id}/accept`),
  transfer: (id: string, to: TransferTarget, note: string) => http.post(`/contacts/${id}/transfer`, { ...to, note }),
  giveBack: (id: string) => http.post(`/contacts/${id}/return`),
  consult: (id: string, whom: TransferTarget, note: string) => http.post(`/contacts/${id}/consult`, { ...whom, note }),
  leaveConsult: (id: string, agentId: string) => http.post(`/contacts/${id}/leave-consult`, { agentId }),
  assign: (id: string, agentId: string, override: boolean, note: string) => http.post(`/contacts/${id}/assign`, { agentId, override, note }),
  changeNeeds: (id: string, needs: Partial<Pick<ContactView, 'priority' | 'urgent' | 'skills'>>) => http.post(`/contacts/${id}/needs`, needs),
  close: (id: string, close: { dispositionId: string | null; complaint: boolean; settle: boolean }) => http.post(`/contacts/${id}/close`, close),
  pend: (id: string) => http.post(`/contacts/${id}/pend`),
  snooze: (id: string, untilAt: string) => http.post(`/contacts/${id}/snooze`, { untilAt }),
  resume: (id: string) => http.post(`/contacts/${id}/resume`),
  settle: (id: string) => http.post(`/contacts/${id}/settle`),
  wrapUpDone: (id: string) => http.post(`/contacts/${id}/wrap-up-done`),
  spam: (id: string) => http.post(`/contacts/${id}/spam`),
  hold: (id: string, onHold: boolean) => http.post(`/contacts/${id}/hold`, { onHold }),
  hangUp: (id: string) => http.post(`/contacts/${id}/hang-up`),
  why: (id: string) => http.get<RoutingExplanation>(`/contacts/${id}/why`),
}

export const voice = {
  device: () => http.get<VoiceDevice>('/voice/device'),
  token: () => http.post<VoiceToken>('/voice/token'),
}

export const agents = {
  work: (id: string) => http.get<AgentWork>(`/agents/${id}/work`),
  moveWork: (id: string, toAgentId: string | null) => http.post<{ toAgent: number; toQueues: number }>(`/agents/${id}/move-work`, { toAgentId }),
}

export const offers = {
  accept: (id: string) => http.post(`/offers/${id}/accept`),
  decline: (id: string, reason: string) => http.post(`/offers/${id}/decline`, { reason }),
  takeBack: (id: string) => http.post(`/offers/${id}/take-back`),
}

export const conversations = {
  earlier: (id: string, before: string) => http.get<{ items: MessageView[]; hasEarlier: boolean }>(`/conversations/${id}/messages`, { before, limit: 50 }),
  reachability: (id: string) => http.get<{ options: ReachableChannel[] }>(`/conversations/${id}/reachability`),
  send: (id: string, message: NewMessage) => http.post<MessageView>(`/conversations/${id}/messages`, message),
  start: (start: NewConversation) => http.post<MessageView>('/conversations', { ...start, attachmentIds: [] }),
  read: (id: string, messageId: string) => http.post(`/conversations/${id}/read`, { messageId }),
  html: (messageId: string) => http.get<{ html: string }>(`/messages/${messageId}/html`),
  retry: (messageId: string) => http.post(`/messages/${messageId}/retry`),
}

export const files = {
  upload: (file: File, progress: (share: number) => void) => sendFile<AttachmentView>(`/uploads?name=${encodeURIComponent(file.name)}`, file, progress),
  /** Good for five minutes, for this person. */
  link: (id: string) => http.get<{ url: string }>(`/attachments/${id}/link`),
}

export const customers = {
  find: (q: string, signal?: AbortSignal) => http.get<Page<CustomerView>>('/customers', { q }, signal),
  change: (id: string, change: { name?: string | null; tier?: CustomerTier; company?: string | null; version: number }) => http.patch<CustomerView>(`/customers/${id}`, change),
  /** A code to an address they proved before; they read it back. */
  sendCode: (id: string, identityId: string) => http.post(`/customers/${id}/verifications`, { identityId }),
  confirmCode: (id: string, identityId: string, code: string) => http.post(`/customers/${id}/verifications/confirm`, { identityId, code }),
  suggestions: () => http.get<Page<SuggestionView>>('/merge-suggestions'),
  acceptSuggestion: (id: string) => http.post(`/merge-suggestions/${id}/accept`),
  dismissSuggestion: (id: string) => http.post(`/merge-suggestions/${id}/dismiss`),
  merge: (survivorId: string, foldedId: string) => http.post('/merges', { survivorId, foldedId }),
  undoPreview: (mergeId: string) => http.get<UndoPreview>(`/merges/${mergeId}/undo-preview`),
  undoMerge: (mergeId: string) => http.post(`/merges/${mergeId}/undo`),
}

export const search = {
  all: (q: string, signal?: AbortSignal) => http.get<SearchHits>('/search', { q }, signal),
}

export const board = {
  rows: (figure: FigureName, filter: { queueId: string | null; channel: Channel | null; hits: 'true' | null }, cursor: string | null) =>
    http.get<Page<BoardRow>>('/board/rows', { figure, ...filter, cursor }),
}
