import { z } from 'zod'

const textMax = 100_000
const file = z.object({ name: z.string().min(1).max(255), contentType: z.string().max(100), base64: z.string().max(40_000_000) })
const files = z.array(file).max(10).default([])
const text = z.string().max(textMax)
const attestation = z.enum(['A', 'B', 'C', 'none'])

export type FileUpload = z.infer<typeof file>

/** What the control API takes: the customer's side of every channel. */
export const requests = {
  text: z.object({ channel: z.enum(['sms', 'whatsapp']), from: z.string().min(1), to: z.string().optional(), text, files, profileName: z.string().optional(), sid: z.string().optional() }),
  person: z.object({
    name: z.string().min(1).max(200), phone: z.string().regex(/^\+[1-9]\d{6,14}$/), email: z.email(), slackUser: z.string().regex(/^U[A-Z0-9]{5,20}$/).optional(), locale: z.enum(['en', 'zh']).default('en'),
  }),
  read: z.object({ customer: z.string() }),
  call: z.object({ from: z.string().min(1), to: z.string().optional(), withheld: z.boolean().default(false), attestation: attestation.default('A') }),
  words: z.object({ text: text.min(1) }),
  keys: z.object({ keys: z.string().regex(/^[0-9*#]{1,50}$/) }),
  slack: z.object({ user: z.string().min(1), text: z.string().max(40_000), threadTs: z.string().optional(), files }),
  slackEdit: z.object({ text: z.string().max(40_000) }),
  slackReaction: z.object({ user: z.string(), reaction: z.string().regex(/^[\w+-]{1,50}$/) }),
  mail: z.object({
    from: z.string().min(3), fromName: z.string().optional(), to: z.string().optional(), subject: z.string().max(1000).default(''), text, html: z.string().max(1_000_000).optional(), inReplyTo: z.string().optional(),
    references: z.array(z.string()).optional(), headers: z.record(z.string(), z.string()).optional(), signed: z.boolean().default(true), mailbox: z.string().optional(), envelopeFrom: z.string().optional(), files,
  }),
  mailReply: z.object({ text, fromName: z.string().optional(), files }),
  faults: z.object({
    twilio: z.object({
      api: z.enum(['ok', '503', 'cut', '429']), statusDelayMs: z.number().min(0), duplicateStatus: z.boolean(), reorderStatus: z.boolean(), undeliverable: z.record(z.string(), z.number().int()),
      answering: z.record(z.string(), z.enum(['auto', 'ring', 'busy', 'no-answer', 'failed'])),
    }).partial(),
    slack: z.object({ api: z.enum(['ok', '503', '429']) }).partial(),
    mail: z.object({ bouncing: z.array(z.string()), refused: z.record(z.string(), z.union([z.literal(550), z.literal(451)])), autoReplying: z.array(z.string()) }).partial(),
  }).partial(),
}

export type ControlRequest = { [Name in keyof typeof requests]: z.input<(typeof requests)[Name]> }
