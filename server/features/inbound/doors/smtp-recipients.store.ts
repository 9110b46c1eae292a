import type { Context } from '#server/context.ts'
import { mailboxAddress } from '#server/channels/mailbox-address.ts'
import { replyToken, threadOfReplyToken } from '#server/features/conversations/reply-token.ts'
import { findChannelAccount } from '#server/features/settings/channel-accounts.steps.ts'

type RecipientContext = Pick<Context, 'db' | 'secrets' | 'config'>

export interface Recipient {
  accountId: string
  /** The token of the reply address it was sent to; null for the mailbox itself. */
  replyToken: string | null
}

/** Whose mail this is: a mailbox of ours, or a reply address we signed. Null for everything else, a forged token too. */
export async function findRecipient(context: RecipientContext, address: string): Promise<Recipient | null> {
  const mailbox = mailboxAddress(address)
  if (!mailbox) return null
  const token = replyTokenIn(mailbox, context.config.mailDomain)
  if (token !== null) return findByReplyToken(context, token)
  const account = await findChannelAccount(context.db, 'email', mailbox)
  return account ? { accountId: account.id, replyToken: null } : null
}

function replyTokenIn(mailbox: string, mailDomain: string): string | null {
  const [local = '', domain] = mailbox.split('@')
  return local.startsWith('reply+') && domain === mailDomain.toLowerCase() ? local.slice('reply+'.length) : null
}

async function findByReplyToken(context: RecipientContext, token: string): Promise<Recipient | null> {
  const threadId = threadOfReplyToken(token)
  if (!threadId) return null
  const readers = await context.db.query<{ accountId: string; identityId: string }>(
    `select t.account_id as "accountId", t.identity_id as "identityId" from thread t where t.id = $1
     union select t.account_id, p.identity_id from thread t join thread_participant p on p.thread_id = t.id where t.id = $1`,
    [threadId],
  )
  const signedFor = readers.find((reader) => replyToken(context.secrets, threadId, reader.identityId) === token)
  return signedFor ? { accountId: signedFor.accountId, replyToken: token } : null
}
