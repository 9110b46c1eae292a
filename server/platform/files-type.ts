import { fileTypeFromBuffer } from 'file-type'

/** How much of a file's beginning its type is read from. JPEG keeps its size behind its metadata, hence so much. */
export const sampleBytes = 256 * 1024
const sidePixelsMax = 16_000
const areaPixelsMax = 50_000_000

const inlineTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'audio/wav', 'audio/mpeg', 'audio/ogg', 'audio/mp4', 'audio/amr'])

/** What a browser may show or play in place: raster pictures and sound. Everything else is only ever downloaded. */
export function isInlineType(contentType: string): boolean {
  return inlineTypes.has(contentType)
}

/** The type by the bytes. Markup (HTML, SVG, XML) and pictures of absurd dimensions become `application/octet-stream`. */
export async function contentTypeOf(sample: Buffer): Promise<string> {
  const detected = (await fileTypeFromBuffer(sample))?.mime.split(';')[0]
  if (detected === undefined) return isPlainText(sample) ? 'text/plain' : 'application/octet-stream'
  if (detected === 'audio/vnd.wave' || detected === 'audio/x-wav') return 'audio/wav'
  if (/xml|html|script/.test(detected)) return 'application/octet-stream'
  if (detected.startsWith('image/') && inlineTypes.has(detected) && !hasSaneDimensions(detected, sample)) return 'application/octet-stream'
  return detected
}

function isPlainText(sample: Buffer): boolean {
  if (sample.includes(0)) return false
  try {
    // `stream`: the sample may end inside a character.
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true })
    return true
  } catch {
    return false
  }
}

/** A small file may unpack to gigabytes of pixels; such a picture is offered for download, never shown. */
function hasSaneDimensions(type: string, sample: Buffer): boolean {
  const size = dimensionsOf(type, sample)
  return size !== undefined && Math.max(size.width, size.height) <= sidePixelsMax && size.width * size.height <= areaPixelsMax
}

function dimensionsOf(type: string, sample: Buffer): { width: number; height: number } | undefined {
  if (type === 'image/png' && sample.length >= 24) return { width: sample.readUInt32BE(16), height: sample.readUInt32BE(20) }
  if (type === 'image/gif' && sample.length >= 10) return { width: sample.readUInt16LE(6), height: sample.readUInt16LE(8) }
  if (type === 'image/webp' && sample.length >= 30) return webpDimensions(sample)
  return type === 'image/jpeg' ? jpegDimensions(sample) : undefined
}

function webpDimensions(sample: Buffer): { width: number; height: number } | undefined {
  const form = sample.toString('latin1', 12, 16)
  if (form === 'VP8X') return { width: sample.readUIntLE(24, 3) + 1, height: sample.readUIntLE(27, 3) + 1 }
  if (form === 'VP8 ') return { width: sample.readUInt16LE(26) & 0x3fff, height: sample.readUInt16LE(28) & 0x3fff }
  if (form !== 'VP8L') return undefined
  const bits = sample.readUInt32LE(21)
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
}

/** Walks JPEG's segments to the frame header (SOF0 to SOF15 without DHT, JPG and DAC). */
function jpegDimensions(sample: Buffer): { width: number; height: number } | undefined {
  for (let at = 2; at + 9 < sample.length; at += 2 + sample.readUInt16BE(at + 2)) {
    const marker = sample[at + 1] ?? 0
    if (sample[at] !== 0xff) return undefined
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return { width: sample.readUInt16BE(at + 7), height: sample.readUInt16BE(at + 5) }
  }
  return undefined
}
