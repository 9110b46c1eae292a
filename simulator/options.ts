/** What a number at the simulated Twilio can carry. */
export type Capability = 'voice' | 'sms' | 'whatsapp'

/** One number of the simulated Twilio account. URLs left out point at the hub's own webhooks. */
export type SimulatedNumber = {
  phoneNumber: string
  capabilities: Capability[]
  voiceUrl?: string
  smsUrl?: string
  statusCallbackUrl?: string
}

/** Everything the stand-ins need to know; nothing of the hub's state is imported. */
export type SimulatorOptions = {
  /** Public base address of the hub: where webhooks are sent, and what their signatures are made over. */
  hubUrl: string
  host?: string
  /** A port left out or 0 is chosen freely. */
  ports?: { twilio?: number; slack?: number; mail?: number; dns?: number; page?: number }
  twilio: { accountSid: string; authToken: string; apiKeySid?: string; apiKeySecret?: string }
  numbers: SimulatedNumber[]
  slack: { signingSecret: string; botToken: string; teamId?: string }
  /** The hub's SMTP listener: where the customers' mail servers deliver. */
  hubSmtp: { host: string; port: number }
  supportAddresses: string[]
  /** Domains of customers' mail beside those of the ready-made people: they get a DKIM key, DMARC, SPF and MX in the simulated DNS. */
  mailDomains?: string[]
  /** How many times faster than life speech, ringing, pauses and retries run. Tests use 50 and more. */
  speed?: number
  /** How long a webhook may take before Twilio gives up, in real milliseconds (Twilio: 15 000). */
  answerTimeoutMs?: number
  /** Where `simulator.json` is written, so that the command line finds a running simulator. */
  dataDir?: string
}
