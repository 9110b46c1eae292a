/** How long another tab may try before a tab gives up waiting for its turn: a sound that comes later says nothing. */
const waitMs = 3_000
/** A tab may hear of the end a little later than another. */
const lateMs = 2_000

/**
 * Does something in one of several open tabs. `act` says whether it came about: if so, the tab keeps the turn until `gone`, so that
 * one that hears of it later does nothing; if not, the next tab gets the turn.
 */
export async function inOneTab(name: string, gone: AbortSignal, act: () => Promise<boolean>): Promise<void> {
  await navigator.locks.request(name, { signal: AbortSignal.timeout(waitMs) }, async () => {
    if (gone.aborted || !(await act())) return
    if (!gone.aborted) await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }))
    await new Promise((resolve) => setTimeout(resolve, lateMs))
  }).catch((error: unknown) => {
    // Another tab has it: whoever waits is let go after a while.
    if (!(error instanceof DOMException) || error.name !== 'TimeoutError') throw error
  })
}
