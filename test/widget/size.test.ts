import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'

const kilobyte = 1024
/** The widget as `npm run build` makes it; the run began with that. */
const folder = join(import.meta.dirname, '..', '..', 'dist', 'widget')

test('the widget costs a page at most 3 KB before the first click and 40 KB when it is usable', () => {
  const sizeOf = (name: string) => brotliCompressSync(readFileSync(join(folder, name))).length
  const loader = sizeOf('widget.js')
  const usable = loader + sizeOf('widget-panel.js')
  process.stdout.write(`widget: ${(loader / kilobyte).toFixed(2)} KB brotli before the first click, ${(usable / kilobyte).toFixed(2)} KB usable\n`)
  expect(loader).toBeLessThanOrEqual(3 * kilobyte)
  expect(usable).toBeLessThanOrEqual(40 * kilobyte)
})

test('neither file needs what a strict page forbids', () => {
  for (const name of ['widget.js', 'widget-panel.js']) {
    const code = readFileSync(join(folder, name), 'utf8')
    expect(code).not.toMatch(/\beval\(|new Function\(|createElement\(["'`]style["'`]\)|document\.write/)
  }
})
