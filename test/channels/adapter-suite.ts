import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountWithSecrets, ChannelAdapter, MessageArrival, OutboundItem, OutboundPayload } from '#server/channels/channel.ts'
import type { ChannelTools, ParseReceipt, StoredReceipt } from '#server/channels/parse.ts'

/** What the provider does with the next thing we send. `cut`: it takes it and drops the line before answering. */
export type ProviderMood = 'accept' | 'refuse' | 'busy' | 'cut' | 'down'

/** A provider that listens on a real port. */
export interface Provider {
  tools: ChannelTools
  mood(mood: ProviderMood): Promise<void>
  /** What it took, in its own words turned into ours. */
  taken(): { to: string; text: string }[]
  close(): Promise<void>
}

export interface AdapterCase {
  adapter(tools: ChannelTools): ChannelAdapter
  parse: ParseReceipt
  account: AccountWithSecrets
  /** The customer's address, as an outbound item names it. */
  customer: string
  /** A recorded payload of the provider, carrying this text. */
  receiptOf(text: string): Promise<StoredReceipt>
  /** What the recorded payload must become, beside its text. */
  expected: Partial<MessageArrival>
  /** Whether the door would take the recorded payload with its proof, and with a proof made under another secret. */
  verdicts(receipt: StoredReceipt): Promise<{ genuine: boolean; forged: boolean }>
  provider(): Promise<Provider>
  refusedAs: string
  /** What a provider that cut the line is found to have taken; false when it cannot be asked. */
  canSettle: boolean
}

/** Text that breaks databases, regexes and shells; `kept` is what must come out. */
const texts: { name: string; sent: string; kept?: string }[] = [
  { name: 'plain words', sent: 'Where is my order?' },
  { name: 'emoji, families and flags', sent: 'Thanks 👩‍👩‍👧 🇨🇭 ❤️' },
  { name: 'Chinese and Arabic', sent: '您好，مرحبا' },
  { name: 'right-to-left override and zero-width signs', sent: 'abc\u202Egnp.exe\u200B' },
  { name: 'a NUL byte', sent: 'a\u0000b', kept: 'ab' },
  { name: 'mark-up', sent: '<script>alert(1)</script> [x](javascript:1) {{constructor}}' },
  { name: 'SQL and a formula', sent: `'; drop table message; -- =HYPERLINK("http://evil")` },
]

/** The one suite every channel adapter passes. */
export function describeAdapter(name: string, given: AdapterCase): void {
  describe(`${name} adapter`, () => {
    let provider: Provider
    beforeAll(async () => { provider = await given.provider() })
    afterAll(async () => { await provider.close() })

    const arrivalOf = async (text: string): Promise<MessageArrival> => {
      const arrivals = await given.parse(await given.receiptOf(text), given.account, provider.tools)
      expect(arrivals).toHaveLength(1)
      // The recorded payload is a message; the line above and the next one say so.
      const [arrival] = arrivals as [MessageArrival]
      expect(arrival.kind).toBe('message')
      return arrival
    }
    const itemOf = (text: string): OutboundItem => ({ id: idNow(), to: given.customer, attempts: 1, payload: messageOf(text) })

    it('turns a recorded payload into an arrival in our words', async () => {
      expect(await arrivalOf('Where is my order?')).toMatchObject({ ...given.expected, text: 'Where is my order?', accountId: given.account.id, channel: given.account.channel })
    })

    it('gives the same arrival for the same payload, so that a duplicate is seen as one', async () => {
      const receipt = await given.receiptOf('twice')
      expect(await given.parse(receipt, given.account, provider.tools)).toEqual(await given.parse(receipt, given.account, provider.tools))
    })

    it('takes what carries the provider’s proof and refuses a proof made under another secret', async () => {
      expect(await given.verdicts(await given.receiptOf('hello'))).toEqual({ genuine: true, forged: false })
    })

    it.each(texts)('brings $name in whole and storable', async ({ sent, kept }) => {
      const { text } = await arrivalOf(sent)
      expect(text).toBe(kept ?? sent)
      expect(text.isWellFormed()).toBe(true)
    })

    it.each(texts.filter((text) => text.kept === undefined))('sends $name out as it was written', async ({ sent }) => {
      await provider.mood('accept')
      const adapter = given.adapter(provider.tools)
      const result = await adapter.send(itemOf(sent), given.account)
      expect(result).toMatchObject({ ok: true, externalId: expect.stringMatching(/./) })
      expect(provider.taken().at(-1)).toEqual({ to: given.customer, text: sent })
    })

    it('says in our words that the provider refused', async () => {
      await provider.mood('refuse')
      expect(await given.adapter(provider.tools).send(itemOf('no'), given.account)).toMatchObject({ ok: false, kind: 'refused', code: given.refusedAs })
    })

    it('waits when the provider is busy, as long as it asks', async () => {
      await provider.mood('busy')
      const result = await given.adapter(provider.tools).send(itemOf('busy'), given.account)
      expect(result).toMatchObject({ ok: false, kind: 'later' })
    })

    it('does not know when the line is cut after sending, and asks instead of sending again', async () => {
      await provider.mood('cut')
      const adapter = given.adapter(provider.tools)
      const item = itemOf('cut in the middle')
      expect(await adapter.send(item, given.account)).toMatchObject({ ok: false, kind: 'unknown' })
      await provider.mood('accept')
      const settled = await adapter.settle(item, given.account)
      if (given.canSettle) expect(settled).toMatchObject({ ok: true })
      else expect(settled).toBeNull()
    })

    it('tries later when the provider is not there at all', async () => {
      await provider.mood('down')
      expect(await given.adapter(provider.tools).send(itemOf('down'), given.account)).toMatchObject({ ok: false, kind: 'later' })
    })
  })
}

/** A message as the deliver worker hands it over. */
export function messageOf(text: string, more: Partial<Extract<OutboundPayload, { kind: 'message' }>> = {}): OutboundPayload {
  return { kind: 'message', text, html: null, subject: null, files: [], thread: null, cc: [], clientRef: idNow(), ...more }
}

let made = 0
/** A UUIDv7 of this moment. */
export function idNow(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  made += 1
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${made.toString(16).padStart(12, '0')}`
}
