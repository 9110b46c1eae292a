import { useEffect, useRef } from 'react'
import type { OfferView } from '#contract/views.ts'
import { preferences } from '../state/preferences.ts'
import { inOneTab } from './one-tab.ts'

/** Two soft notes for each new offer; a ringing call goes on until it is answered. Of several open tabs one sounds. */
export function useOfferSound(offers: readonly OfferView[]): void {
  const heard = useRef(new Map<string, AbortController>())
  const calls = offers.filter((offer) => offer.channel === 'voice').map((offer) => offer.id).join(' ')
  useEffect(() => {
    const ids = new Set(offers.map((offer) => offer.id))
    for (const id of ids) {
      if (heard.current.has(id)) continue
      const gone = new AbortController()
      heard.current.set(id, gone)
      sound(id, gone.signal)
    }
    for (const [id, gone] of heard.current) if (!ids.has(id)) gone.abort()
  }, [offers])
  useEffect(() => {
    if (calls === '') return
    const ring = setInterval(() => { for (const id of calls.split(' ')) sound(id, heard.current.get(id)!.signal) }, 2500)
    return () => clearInterval(ring)
  }, [calls])
}

/** Offers whose sound is this tab's: what rings goes on ringing here. */
const own = new Set<string>()

function sound(offerId: string, gone: AbortSignal): void {
  // Browsers hold sound back until the person has done something on the page: such a tab leaves it to one that can.
  if (preferences.get().isMuted || !navigator.userActivation.hasBeenActive) return
  if (own.has(offerId)) return void beep()
  void inOneTab(`tributary.offer-sound.${offerId}`, gone, async () => {
    const isHeard = await beep()
    if (isHeard) own.add(offerId)
    return isHeard
  })
}

let audio: AudioContext | null = null
/** Without a device that plays a browser waits for ever. */
const startsWithinMs = 1_000

/** Whether it could be played. */
async function beep(): Promise<boolean> {
  audio ??= new AudioContext()
  if (audio.state !== 'running') await Promise.race([audio.resume(), new Promise((resolve) => setTimeout(resolve, startsWithinMs))])
  if (audio.state !== 'running') return false
  const start = audio.currentTime
  for (const [at, hertz] of [[0, 587.33], [0.16, 880]] as const) {
    const tone = audio.createOscillator()
    const volume = audio.createGain()
    tone.frequency.value = hertz
    volume.gain.setValueAtTime(0, start + at)
    volume.gain.linearRampToValueAtTime(0.12, start + at + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.0001, start + at + 0.28)
    tone.connect(volume).connect(audio.destination)
    tone.start(start + at)
    tone.stop(start + at + 0.3)
  }
  return true
}
