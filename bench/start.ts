/**
 * From the process's start to the first signed webhook stored: from nothing (database made, migrated), and again with a database
 * that is there. Memory of our node process when it idles, PostgreSQL beside it.
 */
import { mkdtempSync, chmodSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildAll } from '../build.ts'
import { signIn, startHubProcess } from './hub-process.ts'
import type { BenchResult, Targets } from './run.ts'

const repeats = 3

export async function bench(targets: Targets): Promise<BenchResult> {
  await buildAll()
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tributary-bench-start-'))
  chmodSync(dataDir, 0o711)
  const first = await startHubProcess({}, dataDir)
  const fromNothingMs = first.readyMs
  await first.stop()
  const again: number[] = []
  const signedIn: number[] = []
  let rssMb = 0
  for (let i = 0; i < repeats; i += 1) {
    const startedAt = performance.now()
    const hub = await startHubProcess({}, dataDir)
    again.push(hub.readyMs)
    await signIn(hub.url)
    signedIn.push(performance.now() - startedAt)
    await sleep(2_000)
    rssMb = Math.max(rssMb, hub.rssMb())
    await hub.stop()
  }
  rmSync(dataDir, { recursive: true, force: true })
  const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  const metrics = { fromNothingMs, againMs: median(again), signInMs: median(signedIn), rssMb }
  const missed = [
    ...(metrics.fromNothingMs > (targets['fromNothingMs'] ?? Infinity) ? [`from nothing ${Math.round(fromNothingMs)} ms`] : []),
    ...(metrics.againMs > (targets['runningDatabaseMs'] ?? Infinity) ? [`again ${Math.round(metrics.againMs)} ms`] : []),
    ...(metrics.rssMb > (targets['rssMb'] ?? Infinity) ? [`${Math.round(rssMb)} MB`] : []),
  ]
  return { metrics, floor: {}, ratio: {}, missed }
}
