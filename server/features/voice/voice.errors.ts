import { refusal, type Refusal } from '../../platform/errors.ts'

export function noLiveCall(): Refusal {
  return refusal('call.not-live', 409, 'There is no call going on.')
}

export function notYourCall(): Refusal {
  return refusal('contact.not-owner', 409, 'Only its owner or a supervisor can do this.')
}

export function nobodyHelps(): Refusal {
  return refusal('call.nobody-helps', 409, 'Nobody helps on this call.')
}

export function noBrowserCalls(): Refusal {
  return refusal('voice.no-browser-calls', 409, 'Calls cannot ring in the browser here: TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET and TWILIO_TWIML_APP_SID are not all set. They ring on the agents’ own telephones.')
}
