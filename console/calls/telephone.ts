/** The agent's end of calls in this browser, where the hub can ring browsers. One tab of an agent holds it; the others stay silent. */
import type { Call, Device } from '@twilio/voice-sdk'
import { ApiProblem } from '../api/http.ts'
import { voice } from '../api/work.ts'
import { createStore } from '../state/store.ts'

/** `off`: calls ring elsewhere, or in another tab. */
export interface Telephone {
  is: 'off' | 'starting' | 'ready' | 'connecting' | 'talking'
  isMuted: boolean
  problem: 'microphone' | 'no-microphone' | 'connection' | null
}

const silent: Telephone = { is: 'off', isMuted: false, problem: null }
export const telephone = createStore<Telephone>(silent)

/** What the provider's library is to us; the real one is loaded on first use. */
export interface Library {
  makeDevice(token: string): Device
  askForMicrophone(): Promise<void>
}

let current: Call | null = null
let restart: (() => void) | null = null

/** Registers this browser for as long as it is asked to; returns how to end that. */
export function startTelephone(load: () => Promise<Library> = realLibrary): () => void {
  const ending = new AbortController()
  void ringHere(load, ending.signal)
  return () => ending.abort()
}

/** Lets the agent try again after they allowed the microphone or came back online. */
export function tryTelephoneAgain(): void {
  restart?.()
}

export function setMuted(isMuted: boolean): void {
  current?.mute(isMuted)
}

export function hangUpHere(): void {
  current?.disconnect()
}

async function ringHere(load: () => Promise<Library>, signal: AbortSignal): Promise<void> {
  const { ringsIn } = await voice.device().catch(() => ({ ringsIn: 'telephone' as const }))
  if (ringsIn !== 'browser' || signal.aborted) return
  // Neither locks nor microphones exist on a page that came over plain HTTP from elsewhere.
  if (!navigator.locks) return change({ problem: 'microphone' })
  // Two tabs under one name would both ring; the lock goes to the next tab when this one closes.
  await navigator.locks.request('tributary.telephone', { signal }, () => holdDevice(load, signal)).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

/** Keeps a registered device, a new one after each wish to try again. */
async function holdDevice(load: () => Promise<Library>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const again = Promise.withResolvers<void>()
    restart = again.resolve
    signal.addEventListener('abort', () => again.resolve(), { once: true })
    const device = await register(load)
    await again.promise
    device?.destroy()
  }
  restart = null
  current = null
  telephone.set(() => silent)
}

async function register(load: () => Promise<Library>): Promise<Device | null> {
  change({ is: 'starting', problem: null })
  try {
    const library = await load()
    await library.askForMicrophone()
    const device = library.makeDevice((await voice.token()).token)
    device.on('registered', () => change({ is: 'ready', problem: null }))
    device.on('tokenWillExpire', () => void voice.token().then(({ token }) => device.updateToken(token), () => change({ problem: 'connection' })))
    device.on('error', (error: unknown) => change({ problem: problemOf(error) }))
    device.on('incoming', answer)
    await device.register()
    return device
  } catch (error) {
    change({ problem: problemOf(error) })
    return null
  }
}

/** It rings because this agent accepted: the leg is answered at once. */
function answer(call: Call): void {
  current = call
  change({ is: 'connecting', isMuted: false, problem: null })
  const over = (): void => {
    if (current !== call) return
    current = null
    change({ is: 'ready', isMuted: false })
  }
  call.on('accept', () => change({ is: 'talking' }))
  call.on('mute', (isMuted: boolean) => change({ isMuted }))
  call.on('disconnect', over)
  call.on('cancel', over)
  call.on('error', (error: unknown) => {
    over()
    change({ problem: problemOf(error) })
  })
  call.accept()
}

function change(part: Partial<Telephone>): void {
  telephone.set((held) => ({ ...held, ...part }))
}

const deniedCode = 31401
const noDeviceCode = 31402

function problemOf(error: unknown): Telephone['problem'] {
  if (error instanceof ApiProblem) return 'connection'
  const { name, code } = error as { name?: unknown; code?: unknown }
  if (name === 'NotAllowedError' || code === deniedCode) return 'microphone'
  return name === 'NotFoundError' || code === noDeviceCode ? 'no-microphone' : 'connection'
}

async function realLibrary(): Promise<Library> {
  const { Call: Codecs, Device: RealDevice } = await import('@twilio/voice-sdk')
  return {
    makeDevice: (token) => new RealDevice(token, { codecPreferences: [Codecs.Codec.Opus, Codecs.Codec.PCMU], closeProtection: true, tokenRefreshMs: 60_000, logLevel: 'error' }),
    async askForMicrophone() {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
      for (const track of stream.getTracks()) track.stop()
    },
  }
}
