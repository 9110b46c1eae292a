/** One queue each. */
export const jobNames = ['route', 'timers', 'deliver', 'surveys', 'media', 'reports', 'sweep'] as const
export type JobName = (typeof jobNames)[number]

/** Receives the key of the wake-up; claims all that is due under it, in order, in batches. Everything runs twice at times. */
export type JobHandler = (key: string) => Promise<void>
export type JobHandlers = Record<JobName, JobHandler>
