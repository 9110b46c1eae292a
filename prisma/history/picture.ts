/** Pictures as customers send them, made of nothing: a lamp with its light, as a PNG of a few hundred bytes. */
import { crc32, deflateSync } from 'node:zlib'

const size = 96
type Colour = readonly [number, number, number]

/** `hue` picks the shade's colour; a broken lamp has a dark bulb and a crack. */
export function lampPicture(hue: number, isBroken = false): Buffer {
  const rows: Buffer[] = []
  for (let y = 0; y < size; y++) {
    const row = Buffer.alloc(1 + size * 3)
    for (let x = 0; x < size; x++) row.set(colourAt(x, y, hue, isBroken), 1 + x * 3)
    rows.push(row)
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))])
}

function colourAt(x: number, y: number, hue: number, isBroken: boolean): Colour {
  const shade: Colour = [120 + ((hue * 53) % 120), 90 + ((hue * 97) % 110), 70 + ((hue * 31) % 100)]
  const isShade = y >= 18 && y < 48 && Math.abs(x - 48) <= 12 + (y - 18) * 0.6
  if (isShade) return isBroken && Math.abs(x - 48 - ((y * 7) % 9) + 4) < 2 ? [30, 26, 24] : shade
  if (y >= 48 && y < 54 && Math.abs(x - 48) <= 7) return isBroken ? [60, 58, 56] : [255, 232, 160]
  if (y >= 54 && y < 80 && Math.abs(x - 48) <= 3) return [90, 74, 58]
  if (y >= 80 && y < 86 && Math.abs(x - 48) <= 18) return [70, 56, 44]
  const glow = isBroken ? 0 : Math.max(0, 1 - Math.hypot(x - 48, y - 50) / 52)
  return [Math.round(44 + 150 * glow), Math.round(46 + 118 * glow), Math.round(58 + 50 * glow)]
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
