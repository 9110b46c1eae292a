import type { MailPeer } from './authenticity.ts'
import type { ReadResult } from './read-mail.ts'
import type { SafeHtmlInput } from './safe-html.ts'

/** What the worker does, with what goes in and comes out. */
export interface MailJobs {
  read: { input: { raw: Uint8Array }; output: ReadResult }
  html: { input: SafeHtmlInput; output: string | null }
  reply: { input: { text: string }; output: string }
  authenticate: { input: { raw: Uint8Array; peer: MailPeer; dnsServers: readonly string[]; ourName: string }; output: boolean }
}
export type MailJob = keyof MailJobs

export type MailRequest = { [Job in MailJob]: { id: number; job: Job; input: MailJobs[Job]['input'] } }[MailJob]
export type MailAnswer = { id: number; ok: true; output: MailJobs[MailJob]['output'] } | { id: number; ok: false; error: string }
