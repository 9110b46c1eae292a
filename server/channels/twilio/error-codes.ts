import type { RefusalCode } from '../refusal-codes.ts'

/** Twilio's numbers, as its REST API refuses with and its status callbacks report (twilio.com/docs/api/errors). */
const codes: Record<number, RefusalCode> = {
  20003: 'credentials-refused',
  20404: 'credentials-refused',
  21211: 'invalid-address',
  21212: 'sender-not-allowed',
  21214: 'invalid-address',
  21217: 'invalid-address',
  21408: 'region-not-allowed',
  21602: 'message-empty',
  21606: 'sender-not-allowed',
  21610: 'opted-out',
  21612: 'region-not-allowed',
  21614: 'invalid-address',
  21617: 'message-too-long',
  21619: 'message-empty',
  21620: 'file-refused',
  21623: 'file-refused',
  30003: 'unreachable-address',
  30004: 'blocked-by-carrier',
  30005: 'unreachable-address',
  30006: 'unreachable-address',
  30007: 'blocked-by-carrier',
  30011: 'file-refused',
  30019: 'file-refused',
  63003: 'unreachable-address',
  63007: 'sender-not-allowed',
  63016: 'window-closed',
  63019: 'file-refused',
  63024: 'invalid-address',
  63032: 'opted-out',
}

/** Our word for one of Twilio's error numbers. */
export function refusalCodeOf(code: number | string | undefined): RefusalCode {
  return codes[Number(code)] ?? 'message-refused'
}
