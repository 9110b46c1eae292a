import type { MessageView } from '#contract/views.ts'

export type TimelineRow =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'new'; key: string }
  /** `continues`: same author and channel as the item above, shortly after; drawn without its head. */
  | { kind: 'message'; key: string; message: MessageView; continues: boolean }

const groupWithinMs = 5 * 60_000

/** What the timeline draws: the items, a heading for each day, and a line above the first item that was not read. */
export function rowsOf(messages: readonly MessageView[], readMessageId: string | null, isSameDay: (a: string, b: string) => boolean): TimelineRow[] {
  const rows: TimelineRow[] = []
  const readAt = readMessageId === null ? -1 : messages.findIndex(({ id }) => id === readMessageId)
  const firstNew = readAt === -1 ? -1 : messages.findIndex((message, at) => at > readAt && message.direction === 'inbound')
  messages.forEach((message, at) => {
    const above = messages[at - 1]
    const startsDay = !above || !isSameDay(above.at, message.at)
    if (startsDay) rows.push({ kind: 'day', key: `day ${message.at.slice(0, 10)} ${message.id}`, at: message.at })
    if (at === firstNew) rows.push({ kind: 'new', key: 'new' })
    rows.push({ kind: 'message', key: message.clientId ?? message.id, message, continues: !startsDay && at !== firstNew && above !== undefined && continues(above, message) })
  })
  return rows
}

function continues(above: MessageView, message: MessageView): boolean {
  return above.kind === message.kind && message.kind !== 'call' && message.kind !== 'system' && above.author.id === message.author.id && above.author.kind === message.author.kind
    && above.channel === message.channel && above.direction === message.direction && above.address === message.address && above.unverified === message.unverified
    && !above.restricted && !message.restricted && message.subject === null
    && Date.parse(message.at) - Date.parse(above.at) < groupWithinMs
}
