import type { Arrival, AccountWithSecrets, DoorAnswer, MessageArrival } from '../../channels/channel.ts'
import type { Tx } from '../../platform/db.ts'
import type { Effects } from '../../platform/effects.ts'
import { cleanFileName } from '../../domain/names.ts'
import { applyStatus, holdReported, type Reported } from '../outbound/outbound.steps.ts'
import { applyCall } from '../voice/voice.steps.ts'
import { applyItemChange } from './item-change.ts'
import { applyMessage } from './message.ts'
import type { Read } from './sender.steps.ts'
import type { InboundContext } from './inbound.usecases.ts'

/** A file of an arrival: stored already, to be fetched from the provider, or refused with the reason. */
export interface StagedFile {
  name: string
  contentType: string
  sizeBytes: number
  storageKey: string | null
  sha256: string | null
  sourceUrl: string | null
  state: 'stored' | 'fetching' | 'refused'
  stateReason: string | null
}

export interface Applying {
  arrival: Arrival
  account: AccountWithSecrets
  files: StagedFile[]
  receiptId: string
  /** Who sent it, their conversation locked, and what it is decided by, when that could be asked together with the receipt. */
  read?: Read | undefined
  /** What a provider speaks of, locked, when that could be asked together with the receipt. */
  reported?: Reported | undefined
}

export interface Applied {
  answer: DoorAnswer | null
  messageId: string | null
  conversationId: string | null
}

export const nothingApplied: Applied = { answer: null, messageId: null, conversationId: null }

const filesMax = 50
const fileBytesMax = 25 * 1024 * 1024
/** What somebody says a file has is shown, as far as an integer goes. */
const sizeBytesTold = 2 ** 31 - 1

/** Writes all that one arrival does, inside the receipt's transaction. */
export async function applyArrival(tx: Tx, context: InboundContext, applying: Applying, now: Date, effects: Effects): Promise<Applied> {
  const { arrival } = applying
  switch (arrival.kind) {
    case 'message': return applyMessage(tx, context, { ...applying, arrival }, now, effects)
    case 'call': return applyCall(tx, context, arrival, applying.account, now, effects)
    case 'status': return applyStatus(tx, arrival, applying.reported ?? (await holdReported(tx, arrival, now)), now, effects)
    case 'item-change': return applyItemChange(tx, arrival, now, effects)
  }
}

/** Puts the bytes at hand into the file store before any lock is taken. What is too much is listed as refused; the message stays. */
export async function stageFiles(context: Pick<InboundContext, 'files'>, arrivals: readonly Arrival[]): Promise<Map<Arrival, StagedFile[]>> {
  const staged = new Map<Arrival, StagedFile[]>()
  for (const arrival of arrivals) {
    if (arrival.kind === 'message' && arrival.files.length > 0) staged.set(arrival, await stage(context, arrival))
  }
  return staged
}

async function stage(context: Pick<InboundContext, 'files'>, arrival: MessageArrival): Promise<StagedFile[]> {
  const staged: StagedFile[] = []
  for (const [index, file] of arrival.files.entries()) {
    const base = { name: cleanFileName(file.name), contentType: file.contentType, sizeBytes: Math.min(Math.round(file.sizeBytes ?? 0), sizeBytesTold), storageKey: null, sha256: null, sourceUrl: null }
    if (index >= filesMax) staged.push({ ...base, state: 'refused', stateReason: 'too-many-files' })
    else if ((file.content?.byteLength ?? file.sizeBytes ?? 0) > fileBytesMax) staged.push({ ...base, state: 'refused', stateReason: 'too-large' })
    else if (file.stored) staged.push({ ...base, ...file.stored, state: 'stored', stateReason: null })
    else if (file.content) {
      const stored = await context.files.put(file.content, { sizeBytesMax: fileBytesMax })
      staged.push({ ...base, contentType: stored.contentType, sizeBytes: stored.sizeBytes, storageKey: stored.key, sha256: stored.sha256, state: 'stored', stateReason: null })
    } else if (file.sourceUrl) staged.push({ ...base, sourceUrl: file.sourceUrl, state: 'fetching', stateReason: null })
    else staged.push({ ...base, state: 'refused', stateReason: 'no-content' })
  }
  return staged
}
