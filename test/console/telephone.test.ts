import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { setMuted, startTelephone, telephone, tryTelephoneAgain, type Library } from '../../console/calls/telephone.ts'

/** The provider's library as far as we use it: it needs its provider, so that here somebody else plays it. */
class Phone extends EventEmitter {
  token: string
  isDestroyed = false
  constructor(token: string) {
    super()
    this.token = token
  }
  async register() { this.emit('registered') }
  updateToken(token: string) { this.token = token }
  destroy() { this.isDestroyed = true }
}
class Ringing extends EventEmitter {
  accept() { this.emit('accept') }
  mute(isMuted: boolean) { this.emit('mute', isMuted) }
  disconnect() { this.emit('disconnect') }
}

let ringsIn = 'browser'
let tokens = 0
let phones: Phone[] = []
let microphone: Error | null = null
const load = vi.fn(async () => ({
  // What a library returns is seen through its own types; ours is the part of them that is used.
  makeDevice: (token: string) => { const phone = new Phone(token); phones.push(phone); return phone as unknown as ReturnType<Library['makeDevice']> },
  async askForMicrophone() { if (microphone) throw microphone },
}))
let end = () => {}

beforeEach(() => {
  ringsIn = 'browser'; tokens = 0; phones = []; microphone = null
  load.mockClear()
  vi.stubGlobal('fetch', async (url: string) => Response.json(url.endsWith('/device') ? { ringsIn } : { token: `token-${++tokens}`, identity: 'agent_1', expiresAt: '2026-01-01T00:00:00.000Z' }))
})
afterEach(async () => {
  end()
  await vi.waitFor(() => expect(telephone.get().is).toBe('off'))
  vi.unstubAllGlobals()
})

const until = (is: string) => vi.waitFor(() => expect(telephone.get().is).toBe(is))

it('loads nothing where calls ring on telephones', async () => {
  ringsIn = 'telephone'
  end = startTelephone(load)
  await new Promise((resolve) => { setImmediate(resolve) })
  expect(load).not.toHaveBeenCalled()
  expect(telephone.get()).toEqual({ is: 'off', isMuted: false, problem: null })
})

it('answers what rings, mutes, and is ready for the next when it is over', async () => {
  end = startTelephone(load)
  await until('ready')
  const call = new Ringing()
  phones[0]!.emit('incoming', call)
  expect(telephone.get().is).toBe('talking')
  setMuted(true)
  expect(telephone.get().isMuted).toBe(true)
  call.disconnect()
  expect(telephone.get()).toEqual({ is: 'ready', isMuted: false, problem: null })
})

it('takes a new pass before the old one ends', async () => {
  end = startTelephone(load)
  await until('ready')
  phones[0]!.emit('tokenWillExpire')
  await vi.waitFor(() => expect(phones[0]!.token).toBe('token-2'))
})

it.each([['NotAllowedError', 'microphone'], ['NotFoundError', 'no-microphone']])('says what is missing (%s), and tries again when asked', async (name, problem) => {
  microphone = new DOMException('no', name)
  end = startTelephone(load)
  await vi.waitFor(() => expect(telephone.get().problem).toBe(problem))
  microphone = null
  tryTelephoneAgain()
  await until('ready')
  expect(telephone.get().problem).toBeNull()
})

it('rings in one of two tabs; the other takes over when it closes', async () => {
  end = startTelephone(load)
  await until('ready')
  const endSecond = startTelephone(load)
  await new Promise((resolve) => { setImmediate(resolve) })
  expect(phones).toHaveLength(1)
  end()
  await vi.waitFor(() => expect(phones).toHaveLength(2))
  expect(phones[0]!.isDestroyed).toBe(true)
  end = endSecond
})
