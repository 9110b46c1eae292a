export type Keyword = { kind: 'stop' | 'start' | 'help'; answer: string }

const stopWords = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'])
const startWords = new Set(['START', 'UNSTOP'])
const helpWords = new Set(['HELP', 'INFO'])

/** Twilio's default keywords for long codes: the whole message must be the word. YES opts in only after a STOP. */
export function keywordOf(body: string, isOptedOut: boolean): Keyword | undefined {
  const word = body.trim().toUpperCase()
  if (stopWords.has(word)) return { kind: 'stop', answer: 'You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.' }
  if (startWords.has(word) || (isOptedOut && word === 'YES')) {
    return { kind: 'start', answer: 'You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.' }
  }
  if (helpWords.has(word)) return { kind: 'help', answer: 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.' }
  return undefined
}
