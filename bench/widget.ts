/** What a website's visitor downloads: the loader before the first click, everything together once the chat is open. Brotli, as servers send it. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { buildAll } from '../build.ts'
import type { BenchResult, Targets } from './run.ts'

const dist = path.join(import.meta.dirname, '../dist/widget')
const kb = (file: string): number => brotliCompressSync(readFileSync(path.join(dist, file))).byteLength / 1024

export async function bench(targets: Targets): Promise<BenchResult> {
  await buildAll()
  const loaderKb = kb('widget.js')
  const usableKb = loaderKb + kb('widget-panel.js')
  const missed = [
    ...(loaderKb > (targets['loaderKb'] ?? Infinity) ? [`loader ${loaderKb.toFixed(2)} KB`] : []),
    ...(usableKb > (targets['usableKb'] ?? Infinity) ? [`usable ${usableKb.toFixed(1)} KB`] : []),
  ]
  return { metrics: { loaderKb, usableKb }, floor: {}, ratio: {}, missed }
}
