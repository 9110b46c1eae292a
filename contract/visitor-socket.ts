/**
 * The visitor namespace `/visitor` of Socket.IO: what the widget speaks. The handshake's `auth` carries the website's account id,
 * the visitor's token (never in a URL) and, where the site signs its users in, the site's JWT.
 */
import type { VisitorEnvelope } from './events.ts'
import type { VisitorChatView, VisitorMessageView } from './views.ts'
import type { Reply } from './staff-socket.ts'

export interface VisitorHandshake {
  accountId: string
  token?: string
  siteToken?: string
  locale?: string
  pageUrl?: string
}

export interface VisitorSnapshot {
  visitorId: string
  /** Keep it; it stands for this visitor on this site, is rotated, and dies after 30 days unused. */
  token: string
  siteName: string
  locale: 'en' | 'zh'
  signedInAs: string | null
  messages: VisitorMessageView[]
  hasEarlier: boolean
  chat: VisitorChatView
  seq: number
}

export interface VisitorServerEvents {
  event: (envelope: VisitorEnvelope) => void
  typing: (typing: { name: string; on: boolean }) => void
  goodbye: (reason: { code: string }) => void
}

export interface VisitorClientEvents {
  /** First load, and again after every loss: everything the visitor may see after `seq`, or a snapshot. */
  sync: (request: { seq: number | null }, ack: (reply: Reply<{ snapshot: VisitorSnapshot } | { envelopes: VisitorEnvelope[]; chat: VisitorChatView; seq: number }>) => void) => void
  /** Stored when acknowledged; the same clientId again gets the same message. */
  send: (request: { clientId: string; text: string; attachmentIds: string[] }, ack: (reply: Reply<{ message: VisitorMessageView }>) => void) => void
  earlier: (request: { beforeMessageId: string; limit: number }, ack: (reply: Reply<{ messages: VisitorMessageView[]; hasEarlier: boolean }>) => void) => void
  typing: (request: { on: boolean }) => void
  read: (request: { messageId: string }) => void
  /** What the visitor typed about themselves: claims, never proof. */
  introduce: (request: { name?: string; email?: string; phone?: string }, ack: (reply: Reply<object>) => void) => void
  /** A short-lived word for `POST /api/v1/visitor/uploads`, in `Authorization: Visitor <ticket>`. */
  uploadTicket: (ack: (reply: Reply<{ ticket: string; sizeBytesMax: number; filesMax: number }>) => void) => void
  /** A path on the hub that opens one file for this visitor, for some minutes. */
  fileLink: (request: { attachmentId: string }, ack: (reply: Reply<{ path: string }>) => void) => void
  requestCode: (request: { kind: 'email' | 'phone'; value: string }, ack: (reply: Reply<object>) => void) => void
  returnCode: (request: { kind: 'email' | 'phone'; value: string; code: string }, ack: (reply: Reply<object>) => void) => void
  leave: (ack: (reply: Reply<object>) => void) => void
  /** The question is on screen. */
  surveyShown: (request: { invitationId: string }, ack: (reply: Reply<object>) => void) => void
  answerSurvey: (request: { invitationId: string; score: number; comment?: string }, ack: (reply: Reply<object>) => void) => void
  signOut: (ack: (reply: Reply<object>) => void) => void
}
