import type { FaultBoard } from '../faults.ts'
import type { Feed } from '../feed.ts'
import type { StoredFile } from '../files.ts'
import { autoReplyTo, bounceOf } from './automatic.ts'
import type { Mailboxes, StoredMail } from './mailboxes.ts'
import type { OutgoingMail, OutgoingMails } from './outgoing.ts'
import { paragraphs, quoteReply } from './replies.ts'
import type { ReceivedMail } from './sink.ts'

export type Composed = OutgoingMail & {
  /** Whose mailbox it is really sent from, when it pretends to come from somebody else. */
  mailbox?: string
}

/** What customers do with mail, and what their mail servers do by themselves. */
export class PostOffice {
  readonly boxes: Mailboxes
  readonly #outgoing: OutgoingMails
  readonly #faults: FaultBoard
  readonly #feed: Feed

  constructor(boxes: Mailboxes, outgoing: OutgoingMails, faults: FaultBoard, feed: Feed) {
    this.boxes = boxes
    this.#outgoing = outgoing
    this.#faults = faults
    this.#feed = feed
  }

  /** Sends to the hub and files a copy under *sent* with the hub's SMTP answer. */
  async send(mail: Composed): Promise<{ mail: StoredMail; isAccepted: boolean }> {
    const result = await this.#outgoing.send({ ...mail, html: mail.html ?? `<div>${paragraphs(mail.text)}</div>` })
    if (!result.isAccepted) this.#feed.notice('mail', 'refused', result.response)
    return { mail: await this.boxes.keep(mail.mailbox ?? mail.from, 'sent', result.raw, result.response), isAccepted: result.isAccepted }
  }

  /** Answers a mail of a customer's inbox; undefined when there is none with this id. */
  async reply(mailId: string, words: string, files: StoredFile[], fromName?: string): Promise<{ mail: StoredMail; isAccepted: boolean } | undefined> {
    const original = this.boxes.mails.get(mailId)
    if (!original) return undefined
    return this.send({ from: original.mailbox, ...quoteReply(original, words), files, ...(fromName === undefined ? {} : { fromName }) })
  }

  /** A mail of the hub arrives at the customers' server. */
  async receive(received: ReceivedMail): Promise<void> {
    for (const recipient of received.recipients) {
      const mail = await this.boxes.keep(recipient, 'inbox', received.raw)
      void this.#react(mail, received.returnPath)
    }
  }

  /** RFC 3834: nothing automatic answers a mail without a return path or one that is itself automatic. */
  async #react(mail: StoredMail, returnPath: string): Promise<void> {
    if (returnPath === '') return
    const { bouncing, autoReplying } = this.#faults.current.mail
    if (bouncing.includes(mail.mailbox)) {
      const bounce = bounceOf(mail, returnPath)
      const domain = mail.mailbox.split('@').at(-1) ?? ''
      const result = await this.#outgoing.sendRaw(bounce.raw, { from: '', to: [bounce.to] }, domain)
      if (!result.isAccepted) this.#feed.notice('mail', 'refused', result.response)
    } else if (autoReplying.includes(mail.mailbox) && !mail.autoSubmitted) await this.send(autoReplyTo(mail, returnPath))
  }
}
