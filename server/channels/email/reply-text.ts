import EmailReplyParser from 'email-reply-parser'

/** Longer texts are kept whole: the parser's time grows with the square of their length. */
const charsMax = 60_000

/** What the person wrote above the quoted mail and their signature; the whole text when nothing would be left. */
export function replyTextOf(text: string): string {
  if (text.length > charsMax) return text
  const reply = new EmailReplyParser().parseReply(text).trim()
  return reply === '' ? text : reply
}
