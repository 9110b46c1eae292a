let context: AudioContext | undefined

/** Two short tones, made here: no file to fetch, nothing a page's rules for media could forbid. Silent until the page was clicked. */
export function playArrival(): void {
  try {
    context ??= new AudioContext()
    if (context.state === 'suspended') return void context.resume()
    const start = context.currentTime
    for (const [at, frequency] of [[0, 660], [0.12, 880]] as const) {
      const tone = context.createOscillator()
      const volume = context.createGain()
      tone.frequency.value = frequency
      volume.gain.setValueAtTime(0.0001, start + at)
      volume.gain.exponentialRampToValueAtTime(0.12, start + at + 0.02)
      volume.gain.exponentialRampToValueAtTime(0.0001, start + at + 0.16)
      tone.connect(volume).connect(context.destination)
      tone.start(start + at)
      tone.stop(start + at + 0.18)
    }
  } catch {
    // No sound on this device: the badge tells the same.
  }
}
