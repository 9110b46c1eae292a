import type { SendResult } from '../channel.ts'
import { refused } from '../send-result.ts'
import { resultOfBrokenConnection } from '../sending-error.ts'
import type { RefusalCode } from '../refusal-codes.ts'

const refusals: Record<string, RefusalCode> = {
  channel_not_found: 'not-in-conversation',
  not_in_channel: 'not-in-conversation',
  is_archived: 'not-in-conversation',
  thread_not_found: 'not-in-conversation',
  user_not_found: 'invalid-address',
  users_not_found: 'invalid-address',
  cannot_dm_bot: 'invalid-address',
  user_disabled: 'unreachable-address',
  messages_tab_disabled: 'unreachable-address',
  restricted_action: 'sender-not-allowed',
  not_authed: 'credentials-refused',
  invalid_auth: 'credentials-refused',
  account_inactive: 'credentials-refused',
  token_revoked: 'credentials-refused',
  token_expired: 'credentials-refused',
  missing_scope: 'credentials-refused',
  no_permission: 'credentials-refused',
  msg_too_long: 'message-too-long',
  no_text: 'message-empty',
  file_upload_size_restricted: 'file-refused',
  file_uploads_disabled: 'file-refused',
}

/** Said after the request was taken up: it may have had its effect. */
const uncertain = new Set(['internal_error', 'fatal_error', 'request_timeout'])

/** What an error of Slack's client means for the item; null for one that is not Slack's. */
export function resultOfSlackError(error: unknown): SendResult | null {
  const { code, data, statusCode, retryAfter, original } = error as { code?: unknown; data?: { error?: unknown }; statusCode?: unknown; retryAfter?: unknown; original?: unknown }
  if (code === 'slack_webapi_rate_limited_error') return { ok: false, kind: 'later', retryAfterMs: Number(retryAfter) * 1000 || null, detail: 'ratelimited' }
  if (code === 'slack_webapi_platform_error') return resultOfWord(String(data?.error ?? 'unknown'))
  if (code === 'slack_webapi_http_error') return statusCode === 503 || statusCode === 429 ? { ok: false, kind: 'later', retryAfterMs: null, detail: `HTTP ${statusCode}` } : { ok: false, kind: 'unknown', detail: `HTTP ${String(statusCode)}` }
  return resultOfBrokenConnection(code === 'slack_webapi_request_error' ? original : error)
}

function resultOfWord(word: string): SendResult {
  if (word === 'ratelimited' || word === 'rate_limited' || word === 'service_unavailable' || word === 'team_added_to_org') return { ok: false, kind: 'later', retryAfterMs: null, detail: word }
  if (uncertain.has(word)) return { ok: false, kind: 'unknown', detail: word }
  return refused(refusals[word] ?? 'message-refused', word)
}
