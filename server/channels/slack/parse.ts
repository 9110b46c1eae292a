import type { Arrival } from '../channel.ts'
import { type ParseReceipt, UnusableReceipt } from '../parse.ts'
import { slackApp } from './app.ts'
import { envelope } from './envelope.ts'
import { personOf } from './names.ts'

/** A stored event of the Events API. */
export const parseReceipt: ParseReceipt = async (receipt, account, tools) => {
  const parsed = envelope.safeParse(JSON.parse(receipt.body.toString('utf8')))
  if (!parsed.success || parsed.data.type !== 'event_callback') throw new UnusableReceipt('not-an-event')
  const app = await slackApp(tools)
  const arrivals = await app.arrivalsOf(parsed.data, account)
  return Promise.all(arrivals.map((arrival) => named(arrival, () => personOf('from' in arrival ? arrival.from.value : '', account, tools))))
}

async function named(arrival: Arrival, ask: () => ReturnType<typeof personOf>): Promise<Arrival> {
  if (arrival.kind !== 'message') return arrival
  const { displayName, locale, email } = await ask()
  return { ...arrival, from: { ...arrival.from, displayName }, locale, ...(email === null ? {} : { claims: [{ kind: 'email', value: email }] }) }
}
