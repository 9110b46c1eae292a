const samplesPerSecond = 8000
const headerBytes = 44

/** A small real WAV file (8 kHz, 8 bit, mono) of a quiet tone whose pitch follows the words. */
export function speakIntoWav(text: string, seconds: number): Buffer {
  const samples = Math.max(1, Math.round(seconds * samplesPerSecond))
  const file = Buffer.alloc(headerBytes + samples)
  file.write('RIFF', 0, 'ascii')
  file.writeUInt32LE(36 + samples, 4)
  file.write('WAVEfmt ', 8, 'ascii')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(samplesPerSecond, 24)
  file.writeUInt32LE(samplesPerSecond, 28)
  file.writeUInt16LE(1, 32)
  file.writeUInt16LE(8, 34)
  file.write('data', 36, 'ascii')
  file.writeUInt32LE(samples, 40)
  const letters = [...(text || ' ')]
  let phase = 0
  for (let index = 0; index < samples; index += 1) {
    const letter = letters[Math.floor((index / samples) * letters.length)] ?? ' '
    const isSilent = letter.trim() === ''
    phase += (2 * Math.PI * (140 + ((letter.codePointAt(0) ?? 0) % 24) * 8)) / samplesPerSecond
    file[headerBytes + index] = isSilent ? 128 : 128 + Math.round(40 * Math.sin(phase))
  }
  return file
}

/** How long it takes to say the text, in milliseconds: kept short, a listener only reads it. */
export function speechMs(text: string): number {
  let ms = 0
  for (const letter of text) ms += letter.charCodeAt(0) > 0x2e80 ? 120 : 45
  return Math.min(4000, Math.max(300, ms))
}
