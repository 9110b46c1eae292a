/**
 * Why a provider refused what we sent, in our words; each has a sentence in the catalogs under `delivery.<code>`. Adapters
 * translate their provider's numbers into these.
 */
export const refusalCodes = [
  'opted-out',
  'window-closed',
  'invalid-address',
  'unreachable-address',
  'blocked-by-carrier',
  'region-not-allowed',
  'sender-not-allowed',
  'credentials-refused',
  'not-in-conversation',
  'message-too-long',
  'message-empty',
  'file-refused',
  'message-refused',
] as const
export type RefusalCode = (typeof refusalCodes)[number]
