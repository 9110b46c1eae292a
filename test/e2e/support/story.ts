import { afterEach, beforeEach } from 'vitest'

/** The tests of this file are one story: when one fails, those after it are skipped instead of waiting for what cannot come. */
export function tellAsStory(): void {
  let isBroken = false
  beforeEach(({ skip }) => skip(isBroken, 'the story broke off before'))
  afterEach(({ task }) => { isBroken ||= task.result?.state === 'fail' })
}
