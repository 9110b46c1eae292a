import type { Channel } from '#contract/words.ts'
import { receiveInbound, storeReceipt } from '#server/features/inbound/inbound.usecases.ts'
import type { Visitor } from '#server/features/webchat/webchat.visitors.ts'
import type { Company } from './company.ts'
import type { Person } from './people.ts'
import type { Stage } from './stage.ts'
import { fixedId } from './wire.ts'

/** What a story remembers from one act to the next. */
export interface Scene {
  stage: Stage
  company: Company
  person: Person
  /** The same for the same story: what its ids are made of. */
  key: string
  step: number
  visitor: Visitor | null
  /** The identity the customer used last. */
  address: { kind: string; value: string } | null
  callId: string | null
}

export function idOf(scene: Scene): string {
  return fixedId(`${scene.key} ${scene.step}`)
}

/** Stores what arrived and handles it, as a door does. */
export async function receive(scene: Scene, address: NonNullable<Scene['address']>, channel: Channel, accountAddress: string | undefined, kind: string, body: Buffer, facts: Record<string, unknown> = {}, suffix = ''): Promise<void> {
  scene.address = address
  const { context } = scene.stage
  const receipt = { channel, accountId: scene.company.account(channel, accountAddress).id, externalId: `history-${idOf(scene)}${suffix}`, kind, body, facts }
  const { receiptId } = await storeReceipt(context, receipt)
  await receiveInbound(context, receiptId)
}
