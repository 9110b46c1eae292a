import { cleanLine } from '../clean-text.ts'
import type { AccountWithSecrets, CallArrival, CallEvent, WireAddress } from '../channel.ts'
import { type ParseReceipt, UnusableReceipt } from '../parse.ts'
import { readForm } from '../twilio/form.ts'
import { standInNumbers } from '../twilio/address.ts'
import { isRecordingUrl } from './recording-url.ts'
import { callFacts, callFields, type CallFactsOfDoor, type CallFields, endedStatuses } from './fields.ts'

/** Receipts of a call: their kind is the step. */
export const parseReceipt: ParseReceipt = async (receipt, account, tools) => {
  const form = readForm(receipt.body)
  if (!form.ok) throw new UnusableReceipt(form.reason)
  const fields = callFields.parse(form.params)
  const facts = callFacts.parse(receipt.facts)
  const event = eventOf(receipt.kind, fields, facts, (url) => isRecordingUrl(url, tools.config))
  const isOfAgent = event.step === 'agent-leg' || event.step === 'helper-leg'
  return [{ ...callerOf(fields, account), kind: 'call', externalId: fields.CallSid, callId: isOfAgent ? '' : fields.CallSid, sessionId: facts.session, event } satisfies CallArrival]
}

function callerOf(fields: CallFields, account: AccountWithSecrets) {
  const isNumber = /^\+[1-9]\d{6,14}$/.test(fields.From) && !standInNumbers.has(fields.From)
  const attestation = /^TN-Validation-Passed-([ABC])(?:-|$)/.exec(fields.StirVerstat ?? '')?.[1] ?? null
  const isProved = isNumber && attestation === 'A'
  const from: WireAddress = { kind: isNumber ? 'phone' : 'call', realm: '', value: isNumber ? fields.From : '', displayName: isNumber ? cleanLine(fields.CallerName) : null }
  return {
    accountId: account.id,
    channel: 'voice',
    from,
    evidence: isProved ? 'proved' : 'claimed',
    proof: isProved ? 'stir-shaken-a' : null,
    oneTime: !isNumber,
    withheld: !isNumber,
    attestation,
    sentAt: null,
    locale: null,
  } as const
}

function eventOf(kind: string, fields: CallFields, { command: commandId, asks }: CallFactsOfDoor, isOurs: (url: string) => boolean): CallEvent {
  const durationMs = fields.CallDuration === undefined ? null : fields.CallDuration * 1000
  switch (kind) {
    case 'ringing': return { step: 'ringing' }
    case 'ended': return { step: 'ended', durationMs }
    case 'queue-left': return { step: 'queue-left', result: queueResults[fields.QueueResult ?? ''] ?? 'error', isOver: endedStatuses.has(fields.CallStatus) }
    case 'bridged': {
      if (fields.DequeingCallSid === undefined) throw new UnusableReceipt('no leg to connect to')
      return { step: 'bridged', agentLegId: fields.DequeingCallSid }
    }
    case 'room-left': return { step: 'room-left', isOver: endedStatuses.has(fields.CallStatus) }
    case 'agent-leg':
    case 'helper-leg': {
      if (commandId === null) throw new UnusableReceipt('a leg nobody asked for')
      return { step: kind, status: legStatuses[fields.CallStatus] ?? 'answered', agentLegId: fields.CallSid, commandId }
    }
    case 'keys': {
      if (asks === null) throw new UnusableReceipt('an answer to no question')
      return { step: 'keys', asks, digits: fields.Digits }
    }
    case 'called-back': {
      if (commandId === null) throw new UnusableReceipt('a leg nobody asked for')
      return { step: 'called-back', commandId }
    }
    case 'recorded': {
      if (fields.RecordingSid === undefined) throw new UnusableReceipt('a recording without an id')
      const recordingUrl = fields.RecordingUrl !== undefined && isOurs(fields.RecordingUrl) ? fields.RecordingUrl : null
      return {
        step: 'recorded', recordingUrl, recordingId: fields.RecordingSid, durationMs: fields.RecordingDuration === undefined ? null : fields.RecordingDuration * 1000,
        transcript: fields.TranscriptionText ?? null,
      }
    }
    default: throw new UnusableReceipt(`no such step: ${kind.slice(0, 40)}`)
  }
}

const queueResults: Record<string, Extract<CallEvent, { step: 'queue-left' }>['result']> = { bridged: 'bridged', hangup: 'hung-up', leave: 'left', redirected: 'moved', 'redirected-from-bridged': 'moved' }
const legStatuses: Record<string, Extract<CallEvent, { step: 'agent-leg' }>['status']> = { completed: 'ended', canceled: 'ended', busy: 'busy', 'no-answer': 'no-answer', failed: 'failed' }
