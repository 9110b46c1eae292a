import type { MessageStatus, TurnEnd } from '#contract/words.ts'

/** One run of what a customer said or tried, over all channels, from the first item nobody answered. */
export interface Turn {
  id: string
  startedAt: Date
  end: TurnEnd | null
  endedAt: Date | null
  answeredByMessageId: string | null
}

/** What happened in the conversation, as far as turns care. */
export type TurnEvent =
  /** A message, a voicemail, an abandoned call, a left chat. */
  | { kind: 'customer-item'; at: Date }
  | { kind: 'agent-message'; messageId: string; status: MessageStatus; at: Date }
  | { kind: 'automatic-text'; at: Date }
  | { kind: 'call-bridged'; at: Date }
  | { kind: 'no-reply-needed'; at: Date }
  | { kind: 'reply-failed'; messageId: string }

export type TurnChange =
  | { do: 'start'; startedAt: Date }
  | { do: 'end'; turnId: string; end: TurnEnd; endedAt: Date; answeredByMessageId: string | null }
  /** Its clocks run on with their original due times. */
  | { do: 'reopen'; turnId: string }
  | { do: 'nothing'; reason: 'turn-goes-on' | 'no-open-turn' | 'reply-was-refused' | 'written-by-program' | 'not-the-answer' | 'newer-turn-open' }

/**
 * What an event does to the turns of a conversation, of which at most one is open. `turns`: the open one and those a message of
 * ours answered; order does not matter.
 */
export function changeTurn(turns: readonly Turn[], event: TurnEvent): TurnChange {
  const open = turns.find((turn) => turn.end === null)
  switch (event.kind) {
    case 'customer-item':
      return open ? { do: 'nothing', reason: 'turn-goes-on' } : { do: 'start', startedAt: event.at }
    case 'automatic-text':
      return { do: 'nothing', reason: 'written-by-program' }
    case 'agent-message':
      if (event.status === 'failed') return { do: 'nothing', reason: 'reply-was-refused' }
      return end(open, 'answered', event.at, event.messageId)
    case 'call-bridged':
      return end(open, 'answered', event.at, null)
    case 'no-reply-needed':
      return end(open, 'settled', event.at, null)
    case 'reply-failed': {
      const answered = turns.find((turn) => turn.answeredByMessageId === event.messageId)
      if (!answered) return { do: 'nothing', reason: 'not-the-answer' }
      // The customer began another turn since: that one is open and its answer answers both.
      return open ? { do: 'nothing', reason: 'newer-turn-open' } : { do: 'reopen', turnId: answered.id }
    }
  }
}

function end(open: Turn | undefined, as: TurnEnd, endedAt: Date, answeredByMessageId: string | null): TurnChange {
  return open ? { do: 'end', turnId: open.id, end: as, endedAt, answeredByMessageId } : { do: 'nothing', reason: 'no-open-turn' }
}
