import { wholeMinutes, type ExpectedWait } from '#contract/expected-wait.ts'
import { useParts } from './context.ts'

/** One line on how things stand: the connection first, then the chat. */
export function StatusLine() {
  const { client, host, say, formats } = useParts()
  const { connection, chat, outbox } = client.state
  const lines: string[] = []
  if (connection === 'connecting') lines.push(say('connection.connecting'))
  if (connection === 'lost') lines.push(say('connection.lost'))
  if (connection === 'refused') lines.push(say('connection.refused'))
  if (!host.storage.isKept && outbox.length > 0) lines.push(say('connection.memory'))
  if (connection === 'live') lines.push(...chatLine())
  return <p class={connection === 'live' || connection === 'connecting' ? 'status' : 'status warn'} role="status">{lines.join(' ')}</p>

  function chatLine(): string[] {
    if (chat.state === 'closed') return [say('chat.closed')]
    if (chat.state === 'active') return [chat.agentName ? say('chat.active', { agent: chat.agentName }) : say('chat.activeNobody')]
    if (chat.state === 'idle') return []
    if (!chat.open) return [chat.promisedAt ? say('chat.outside', { at: formats.dateTime(chat.promisedAt) }) : say('chat.outsideUnknown')]
    if (chat.ahead === null) return [say('chat.waiting')]
    return [say('chat.waiting'), chat.ahead === 0 ? say('chat.next') : say('chat.ahead', { count: chat.ahead }), ...(chat.expected ? [expectation(chat.expected)] : [])]
  }

  function expectation(expected: ExpectedWait): string {
    const { from, to } = wholeMinutes(expected)
    return from === to ? say('chat.expected', { count: to }) : say('chat.expectedRange', { from, to })
  }
}
