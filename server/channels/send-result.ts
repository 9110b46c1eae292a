import type { SendResult } from './channel.ts'
import type { RefusalCode } from './refusal-codes.ts'

/** The provider's no, in our words, with the provider's own in `detail` for staff. */
export function refused(code: RefusalCode, detail: string): Extract<SendResult, { kind: 'refused' }> {
  return { ok: false, kind: 'refused', code, detail: detail.slice(0, 300) }
}
