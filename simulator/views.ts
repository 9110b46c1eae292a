/** What the simulator's page, command line and tests see of the simulated world. Free of Node, so that the page can import it. */

export type FileView = { name: string; contentType: string; sizeBytes: number; /** relative to the page */ url: string }

/** An SMS or WhatsApp message as the customer's phone shows it. */
export type TextView = {
  id: string
  channel: 'sms' | 'whatsapp'
  customer: string
  hub: string
  by: 'customer' | 'hub' | 'provider'
  text: string
  files: FileView[]
  status: string
  errorCode: number | null
  at: string
}

export type CallLine = { id: number; at: string; by: 'line' | 'customer' | 'agent' | 'note'; text: string }

/** One leg of a call. `party` tells whose end it is. */
export type CallView = {
  id: string
  party: 'customer' | 'agent'
  direction: 'to-hub' | 'from-hub'
  customer: string
  hub: string
  withheld: boolean
  attestation: Attestation
  state: 'ringing' | 'in-progress' | 'queued' | 'bridged' | 'ended'
  /** Twilio's own word for how the call stands or ended. */
  status: string
  /** What the leg would take in now. */
  listening: 'keys' | 'speech' | 'recording' | null
  queue: { name: string; position: number } | null
  peer: string | null
  lines: CallLine[]
  error: { code: number; message: string } | null
  startedAt: string
  bridgedAt: string | null
  endedAt: string | null
}

export type Attestation = 'A' | 'B' | 'C' | 'none'

export type SlackView = {
  /** Slack's `ts`. */
  id: string
  user: string
  channel: string
  by: 'customer' | 'hub'
  text: string
  threadTs: string | null
  files: FileView[]
  edited: boolean
  deleted: boolean
  reactions: string[]
  at: string
}

export type MailView = {
  id: string
  /** Whose mailbox it lies in. */
  mailbox: string
  box: 'inbox' | 'sent'
  from: string
  to: string
  subject: string
  text: string
  html: string | null
  messageId: string
  inReplyTo: string | null
  references: string[]
  replyTo: string | null
  autoSubmitted: boolean
  files: FileView[]
  /** What the hub's SMTP listener said to a sent mail. */
  response: string | null
  at: string
}

/** Something a provider would write into its error log. */
export type NoticeView = { id: string; at: string; source: 'twilio' | 'slack' | 'mail'; code: number | string; text: string }

export type FeedItem =
  | { kind: 'text'; item: TextView }
  | { kind: 'call'; item: CallView }
  | { kind: 'slack'; item: SlackView }
  | { kind: 'mail'; item: MailView }
  | { kind: 'notice'; item: NoticeView }

export type Person = { id: string; name: string; phone: string; email: string; slackUser: string; locale: 'en' | 'zh' }

export type Answering = 'auto' | 'ring' | 'busy' | 'no-answer' | 'failed'

/** Trouble that can be switched on. Everything is off in a fresh world. */
export type Faults = {
  twilio: {
    /** `503` answers so, `cut` accepts the request and closes the connection without an answer, `429` asks to slow down. */
    api: 'ok' | '503' | 'cut' | '429'
    statusDelayMs: number
    duplicateStatus: boolean
    reorderStatus: boolean
    /** Addresses at which every message ends with this error code. */
    undeliverable: Record<string, number>
    /** How a called address behaves; `*` is everybody else's. */
    answering: Record<string, Answering>
  }
  slack: { api: 'ok' | '503' | '429' }
  mail: {
    /** Addresses whose server accepts the mail and sends a bounce. */
    bouncing: string[]
    /** Addresses refused in the SMTP session: 550 for good, 451 for now. */
    refused: Record<string, 550 | 451>
    autoReplying: string[]
  }
}

export type Snapshot = {
  hubNumbers: { phoneNumber: string; capabilities: string[] }[]
  supportAddresses: string[]
  slackTeam: string
  people: Person[]
  faults: Faults
  texts: TextView[]
  calls: CallView[]
  slack: SlackView[]
  mails: MailView[]
  notices: NoticeView[]
}
