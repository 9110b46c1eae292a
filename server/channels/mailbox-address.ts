import { cleanText } from './clean-text.ts'

/** A mailbox's address in lower case, its domain in the ASCII form; null for what is none, lists and line breaks included. */
export function mailboxAddress(text: string | undefined): string | null {
  const [, local, domain] = /^([^\s@<>"(),:;\\[\]]{1,64})@([^\s@<>"(),:;\\[\]/?#]{1,253})$/.exec(cleanText(text ?? '', 400)) ?? []
  if (!local || !domain?.includes('.') || !URL.canParse(`http://${domain}`)) return null
  return `${local.normalize('NFC').toLowerCase()}@${new URL(`http://${domain}`).hostname}`
}
