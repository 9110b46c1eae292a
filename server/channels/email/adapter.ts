import type { AccountWithSecrets, ChannelAdapter } from '../channel.ts'
import { mailboxAddress } from '../mailbox-address.ts'
import type { ChannelTools } from '../parse.ts'
import { refused } from '../send-result.ts'
import { composeMail } from './compose.ts'
import { refusalOf, resultOfFailure } from './smtp-results.ts'
import { checkSmtp, sendOverSmtp, type SmtpTarget } from './smtp-session.ts'

export { parseReceipt } from './parse.ts'

/** Mail out through the mailbox's own server, or the deployment's SMTP_URL. */
export function createEmailAdapter(tools: ChannelTools): ChannelAdapter {
  const targetOf = (account: AccountWithSecrets): SmtpTarget | null => {
    const url = account.secrets['smtpUrl'] ?? tools.config.smtpUrl
    return url ? { url, ourName: tools.config.mailDomain } : null
  }

  return {
    channel: 'email',

    async send(item, account) {
      if (item.payload.kind !== 'message') throw new Error(`email has no command ${item.payload.kind}`)
      const target = targetOf(account)
      if (!target) return refused('credentials-refused', 'SMTP_URL is not set')
      // The envelope is ours, made of single addresses: a line break in one would be further recipients.
      const to = [item.to, ...item.payload.cc]
      if (to.some((address) => mailboxAddress(address) === null)) return refused('invalid-address', 'not a mail address')
      const { messageId, content } = await composeMail(item, item.payload, account, tools.config.mailDomain)
      const outcome = await sendOverSmtp(target, { from: account.address, to }, content)
      if (!outcome.ok) return resultOfFailure(outcome)
      const rejected = outcome.rejected.find((one) => one.address === item.to)
      if (!rejected) return { ok: true, externalId: messageId, status: 'sent' }
      return rejected.code !== null && rejected.code < 500 ? { ok: false, kind: 'later', retryAfterMs: null, detail: rejected.response } : refused(refusalOf(rejected.code ?? 550), rejected.response)
    },

    /**
     * No mail server can be asked what it took. The Message-ID stays the same, so the caller may send once more: a mailbox that
     * got both shows one.
     */
    async settle() {
      return null
    },

    async testAccount(account) {
      const target = targetOf(account)
      if (!target) return { ok: false, reason: 'SMTP_URL is not set' }
      const check = await checkSmtp(target)
      return check.ok ? { ok: true, detail: account.address } : { ok: false, reason: check.response }
    },
  }
}
