/**
 * Mail with which other services prove that somebody reads an address: sign-in codes, invitations, confirmations. Whoever signs
 * up elsewhere with our support address would get in there with what such a mail says, if anybody outside the administrators came
 * to read it (the "ticket trick": an address of the company opens its workspace elsewhere).
 */
const services = ['slack.com', 'apple.com', 'google.com', 'microsoft.com', 'microsoftonline.com', 'github.com', 'gitlab.com', 'atlassian.com', 'atlassian.net', 'zoom.us', 'dropbox.com', 'notion.so', 'asana.com', 'trello.com',
  'facebookmail.com', 'facebook.com', 'meta.com', 'linkedin.com', 'yammer.com', 'box.com', 'figma.com', 'discord.com', 'okta.com', 'amazon.com', 'paypal.com']

const programs = /^(?:no-?_?reply|do-?not-?reply|donotreply|account|accounts|account-security(?:-noreply)?|appleid|feedback|security|verify|verification|notifications?|mailer|signin|login|team)(?:[._+-].*)?$/
const proving = /\b(?:verification|confirmation|security|sign-?in|log-?in|login|one-?time|access|passcode|2fa)\s+code\b|\bconfirm(?:ation)?\s+(?:your|code|of your)\b|\bverify\s+(?:your|it['’]s|this)\b|\bpasscode\b|\bmagic link\b|\bone-time password\b|\bcode is\b|验证码|驗證碼|校验码|动态密码|确认您的邮箱|验证您的/i

/** True for a mail by a program of a known service, and for one by any program whose subject says that it proves an address. */
export function isVerificationMail(mail: { from: string | null; subject: string }): boolean {
  const [mailbox = '', domain = ''] = (mail.from ?? '').toLowerCase().split('@')
  if (!programs.test(mailbox)) return false
  return services.some((service) => domain === service || domain.endsWith(`.${service}`)) || proving.test(mail.subject.slice(0, 500))
}
