import { FaultBoard } from './faults.ts'
import { Feed } from './feed.ts'
import { FileStore } from './files.ts'
import { DomainKeys } from './mailbox/domain-keys.ts'
import { Mailboxes } from './mailbox/mailboxes.ts'
import { OutgoingMails } from './mailbox/outgoing.ts'
import { PostOffice } from './mailbox/post-office.ts'
import type { SimulatorOptions } from './options.ts'
import { Pace } from './pace.ts'
import { people } from './people.ts'
import type { Person } from './views.ts'
import { SlackEvents } from './slack/events.ts'
import { Workspace } from './slack/workspace.ts'
import { TwilioAccount } from './twilio/account.ts'
import { Messaging } from './twilio/messaging.ts'
import { Voice } from './twilio/voice.ts'
import { TwilioWebhooks } from './twilio/webhooks.ts'

/** Where the stand-ins listen, known only once they do. */
export type Addresses = { twilio: string; slack: string }

/** Everything that lives in the simulated world, wired once. */
export type World = ReturnType<typeof createWorld>

/** Builds the world; nothing listens yet. `addresses` is filled in when the servers do. */
export function createWorld(options: SimulatorOptions, addresses: Addresses) {
  const hubUrl = options.hubUrl.replace(/\/+$/, '')
  const known = [...people]
  const pace = new Pace(options.speed)
  const feed = new Feed()
  const faults = new FaultBoard()
  const files = new FileStore()
  const account = new TwilioAccount(options.twilio.accountSid, options.numbers, hubUrl, known.map((person) => person.phone))
  const webhooks = new TwilioWebhooks(options.twilio.authToken, options.answerTimeoutMs)
  const twilio = { account, webhooks, faults, feed, files, pace, apiUrl: () => addresses.twilio }
  const workspace = new Workspace(options.slack.teamId ?? 'T1', known, feed)
  const keys = new DomainKeys([...known.map((person) => person.email.split('@').at(-1) ?? ''), ...(options.mailDomains ?? [])])
  /** Somebody new moves in: reachable by phone, in the workspace, with a mail domain of their own. */
  const addPerson = (person: Person) => {
    known.push(person)
    account.customerNumbers.add(person.phone)
    workspace.addUser(person.slackUser)
    keys.add(person.email.split('@').at(-1) ?? '')
  }
  return {
    people: known,
    addPerson,
    pace,
    feed,
    faults,
    files,
    account,
    messaging: new Messaging(twilio),
    voice: new Voice(twilio),
    workspace,
    slackEvents: new SlackEvents({ url: `${hubUrl}/webhooks/slack/events`, signingSecret: options.slack.signingSecret, workspace, feed, pace, apiUrl: () => addresses.slack }),
    keys,
    postOffice: new PostOffice(new Mailboxes(feed, files), new OutgoingMails(keys, options.hubSmtp), faults, feed),
  }
}
