/**
 * Calls that come in by themselves, so that a hub that was just started has somebody on the line: one at a time, with a rest between
 * them. Who is not answered hangs up in the end; who is says what they want, and goodbye.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallHandle, Customers } from './client.ts'

export interface Caller {
  phone: string
  locale: 'en' | 'zh'
}

export interface CallersOptions {
  /** Who calls next; null: nobody yet. */
  next(): Promise<Caller | null>
  /** False: nobody looks, and after the first few nobody calls. */
  isAnybodyThere(): boolean
  signal: AbortSignal
  times?: Partial<Times>
}

interface Times {
  /** How long somebody waits before they hang up. */
  patienceMs: number
  /** From the end of a call to the next. */
  restMs: number
  /** Between two looks at a call. */
  lookMs: number
  /** For so long they let the agent speak, or be silent. */
  listenMs: number
}

const usual: Times = { patienceMs: 9 * 60_000, restMs: 4 * 60_000, lookMs: 1_000, listenMs: 20_000 }
/** Nobody is called on for ever: what nobody answers is a missed call each, with a follow-up. */
const callsMax = 12
const callsUnseenMax = 3

const words: Record<Caller['locale'], readonly [string, string, string]> = {
  en: ['Hello, good that I get through. The lamp I ordered last week has not come yet, and the parcel service only says that it is on its way.', 'It is the brass one with the green shade. The order is in my name, I can be reached on this number.', 'All right, thank you, that helps. Goodbye!'],
  zh: ['您好，终于打通了。我上周订的灯还没有收到，快递那边只说在路上。', '是带绿色灯罩的黄铜台灯，订单用的是我的名字，这个号码可以联系到我。', '好的，谢谢您，这样就清楚了。再见！'],
}

/** Runs until `signal`, or until nobody calls any more. */
export async function startCallers(customers: Customers, options: CallersOptions): Promise<void> {
  const times = { ...usual, ...options.times }
  const { signal } = options
  const rest = (ms: number): Promise<void> => sleep(ms, undefined, { signal, ref: false }).catch(() => {})
  for (let calls = 0; calls < callsMax && !signal.aborted;) {
    const caller = calls < callsUnseenMax || options.isAnybodyThere() ? await options.next() : null
    if (caller) {
      await goThrough(await customers.call(caller.phone), words[caller.locale], times, rest, signal)
      calls += 1
    }
    await rest(caller ? times.restMs : times.lookMs * 5)
  }
}

/** One call, from the first ring to its end. */
async function goThrough(call: CallHandle, says: readonly string[], times: Times, rest: (ms: number) => Promise<void>, signal: AbortSignal): Promise<void> {
  const givesUpAt = performance.now() + times.patienceMs
  let said = 0
  let speaksAt = 0
  let heard = 0
  while (!signal.aborted) {
    const { view } = await call.refresh()
    if (view.state === 'ended') return
    const now = performance.now()
    if (view.state !== 'bridged') {
      // Also who was connected and is put back into the line waits no longer than that.
      if (now > givesUpAt) return call.hangup()
    } else {
      const replies = view.lines.filter((line) => line.by === 'agent').length
      if (replies > heard) speaksAt = Math.min(speaksAt, now + times.lookMs * 3)
      heard = replies
      if (now >= speaksAt) {
        const next = says[said]
        if (next === undefined) return call.hangup()
        await call.say(next)
        said += 1
        speaksAt = now + (said === says.length ? times.lookMs * 3 : times.listenMs)
      }
    }
    await rest(times.lookMs)
  }
}
