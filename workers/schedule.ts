import type { Jobs } from '../server/platform/jobs.ts'

const sweepMs = 10_000

/** The repeating wake-ups. Everything else is woken by what happened, or at the time it is due. */
export async function schedule(jobs: Jobs): Promise<void> {
  await jobs.every('sweep', sweepMs)
  jobs.wake('sweep', 'all')
}
