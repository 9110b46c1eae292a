import type { MediaRecord, MessageRecord, NumberRecord, RecordingRecord, TwilioAccount } from './account.ts'
import type { CallQueue } from './call-queues.ts'
import type { Conference } from './conferences.ts'
import { twilioDate } from './ids.ts'
import type { Leg } from './leg.ts'
import { segmentsOf } from './message-shapes.ts'

/** The account's things in the shapes of Twilio's REST API; field names are held against Twilio's OpenAPI description in a test. */

const apiVersion = '2010-04-01'

export function accountResource(account: TwilioAccount): object {
  const base = pathOf(account)
  return {
    auth_token: 'redacted', date_created: twilioDate(account.createdAt), date_updated: twilioDate(account.createdAt), friendly_name: 'Simulated account', owner_account_sid: account.sid, sid: account.sid,
    status: 'active', type: 'Full', uri: `${base}.json`,
    subresource_uris: { messages: `${base}/Messages.json`, calls: `${base}/Calls.json`, recordings: `${base}/Recordings.json`, incoming_phone_numbers: `${base}/IncomingPhoneNumbers.json`, queues: `${base}/Queues.json` },
  }
}

export function messageResource(account: TwilioAccount, message: MessageRecord): object {
  const uri = `${pathOf(account)}/Messages/${message.sid}`
  return {
    body: message.body, num_segments: String(segmentsOf(message.body)), direction: message.direction, from: message.from, to: message.to, date_updated: twilioDate(message.updatedAt), price: null,
    error_message: message.errorCode === null ? null : errorWords(message.errorCode), uri: `${uri}.json`, account_sid: account.sid, num_media: String(message.media.length), status: message.status,
    messaging_service_sid: message.messagingServiceSid, sid: message.sid, date_sent: message.sentAt ? twilioDate(message.sentAt) : null, date_created: twilioDate(message.createdAt),
    error_code: message.errorCode, price_unit: 'USD', api_version: apiVersion, subresource_uris: { media: `${uri}/Media.json` },
  }
}

export function mediaResource(account: TwilioAccount, message: MessageRecord, media: MediaRecord): object {
  return {
    account_sid: account.sid, content_type: media.file.contentType, date_created: twilioDate(media.createdAt), date_updated: twilioDate(media.createdAt), parent_sid: message.sid, sid: media.sid,
    uri: `${pathOf(account)}/Messages/${message.sid}/Media/${media.sid}.json`,
  }
}

export function callResource(account: TwilioAccount, leg: Leg, seconds: number): object {
  const uri = `${pathOf(account)}/Calls/${leg.sid}`
  return {
    sid: leg.sid, date_created: twilioDate(leg.createdAt), date_updated: twilioDate(leg.updatedAt), parent_call_sid: leg.request.parentSid ?? null, account_sid: account.sid,
    to: leg.request.to, to_formatted: leg.request.to, from: leg.request.from, from_formatted: leg.request.from,
    phone_number_sid: account.findNumber(leg.request.direction === 'inbound' ? leg.request.to : leg.request.from)?.sid ?? '', status: leg.status,
    start_time: leg.answeredAt ? twilioDate(leg.answeredAt) : null, end_time: leg.endedAt ? twilioDate(leg.endedAt) : null, duration: leg.endedAt ? String(seconds) : null, price: null, price_unit: 'USD',
    direction: leg.request.direction, answered_by: null, api_version: apiVersion, forwarded_from: null, group_sid: null, caller_name: null, queue_time: '0', trunk_sid: null, uri: `${uri}.json`,
    subresource_uris: { recordings: `${uri}/Recordings.json` },
  }
}

export function numberResource(account: TwilioAccount, number: NumberRecord): object {
  return {
    account_sid: account.sid, address_sid: null, address_requirements: 'none', api_version: apiVersion, beta: false,
    capabilities: { voice: number.capabilities.includes('voice'), sms: number.capabilities.includes('sms'), mms: number.capabilities.includes('sms'), fax: false },
    date_created: twilioDate(number.createdAt), date_updated: twilioDate(number.updatedAt), friendly_name: number.friendlyName, identity_sid: null, phone_number: number.phoneNumber, origin: 'twilio',
    sid: number.sid, sms_application_sid: '', sms_fallback_method: 'POST', sms_fallback_url: number.smsFallbackUrl, sms_method: number.smsMethod, sms_url: number.smsUrl, status_callback: number.statusCallback,
    status_callback_method: 'POST', trunk_sid: null, uri: `${pathOf(account)}/IncomingPhoneNumbers/${number.sid}.json`, voice_receive_mode: 'voice', voice_application_sid: '', voice_caller_id_lookup: false,
    voice_fallback_method: 'POST', voice_fallback_url: number.voiceFallbackUrl, voice_method: number.voiceMethod, voice_url: number.voiceUrl, emergency_status: 'Inactive', emergency_address_sid: null,
    emergency_address_status: 'unregistered', bundle_sid: null, status: 'in-use', type: 'local',
  }
}

export function recordingResource(account: TwilioAccount, recording: RecordingRecord): object {
  const uri = `${pathOf(account)}/Recordings/${recording.sid}`
  return {
    account_sid: account.sid, api_version: apiVersion, call_sid: recording.callSid, conference_sid: null, date_created: twilioDate(recording.createdAt), date_updated: twilioDate(recording.createdAt),
    start_time: twilioDate(recording.createdAt), duration: String(recording.seconds), sid: recording.sid, price: null, price_unit: 'USD', status: 'completed', channels: 1, source: recording.source, error_code: null,
    uri: `${uri}.json`, encryption_details: null, subresource_uris: {}, media_url: null,
  }
}

export function queueResource(account: TwilioAccount, queue: CallQueue, averageSeconds: number): object {
  return {
    date_updated: twilioDate(queue.createdAt), current_size: queue.waiting.length, friendly_name: queue.name, uri: `${pathOf(account)}/Queues/${queue.sid}.json`, account_sid: account.sid,
    average_wait_time: averageSeconds, sid: queue.sid, date_created: twilioDate(queue.createdAt), max_size: 100,
  }
}

export function conferenceResource(account: TwilioAccount, conference: Conference): object {
  return {
    account_sid: account.sid, api_version: apiVersion, date_created: twilioDate(conference.createdAt), date_updated: twilioDate(conference.createdAt), friendly_name: conference.name, region: 'us1', sid: conference.sid,
    status: 'in-progress', uri: `${pathOf(account)}/Conferences/${conference.sid}.json`, subresource_uris: {}, reason_conference_ended: null, call_sid_ending_conference: null,
  }
}

export function participantResource(account: TwilioAccount, conference: Conference, leg: Leg): object {
  const place = conference.placeOf(leg)
  return {
    account_sid: account.sid, call_sid: leg.sid, label: null, call_sid_to_coach: null, coaching: false, conference_sid: conference.sid, date_created: twilioDate(conference.createdAt), date_updated: twilioDate(conference.createdAt),
    end_conference_on_exit: place?.endsOnExit ?? false, muted: false, hold: place?.isOnHold ?? false, start_conference_on_enter: true, status: 'connected', queue_time: '0',
    uri: `${pathOf(account)}/Conferences/${conference.sid}/Participants/${leg.sid}.json`,
  }
}

function pathOf(account: TwilioAccount): string {
  return `/${apiVersion}/Accounts/${account.sid}`
}

function errorWords(code: number): string {
  if (code === 63016) return 'Failed to send freeform message because you are outside the allowed window. If you are using WhatsApp, please use a Message Template.'
  return `Error ${code}`
}
