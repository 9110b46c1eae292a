import { useEffect, useRef } from 'react'
import type { OfferView } from '#contract/views.ts'
import { preferences } from '../state/preferences.ts'

/** Two soft notes for each new offer; a ringing call goes on until it is answered. Of several open tabs one sounds. */
export function useOfferSound(offers: readonly OfferView[]): void {
  const heard = useRef(new Set<string>())
  const isRinging = offers.some((offer) => offer.channel === 'voice')
  useEffect(() => {
    const fresh = offers.filter((offer) => !heard.current.has(offer.id))
    for (const offer of fresh) heard.current.add(offer.id)
    if (fresh.length > 0) soundOnce()
  }, [offers])
  useEffect(() => {
    if (!isRinging) return
    const ring = setInterval(soundOnce, 2500)
    return () => clearInterval(ring)
  }, [isRinging])
}

let audio: AudioContext | null = null
/** Less than from one ring to the next, and more than an event may take longer to another tab. */
const ownForMs = 2_000

function soundOnce(): void {
  // Browsers hold sound back until the person has done something on the page: such a tab leaves it to one that can.
  if (preferences.get().isMuted || !navigator.userActivation.hasBeenActive) return
  // The lock is the agreement between tabs: who has it sounds, who does not get it is silent.
  void navigator.locks.request('tributary.offer-sound', { ifAvailable: true }, async (lock) => {
    if (!lock) return
    await beep()
    await new Promise((resolve) => setTimeout(resolve, ownForMs))
  })
}

async function beep(): Promise<void> {
  audio ??= new AudioContext()
  if (audio.state === 'suspended') await audio.resume()
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
}
