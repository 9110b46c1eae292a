/** A refusal in the shape Twilio's REST API answers with. */
export class TwilioApiError extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.name = 'TwilioApiError'
    this.status = status
    this.code = code
  }

  body(): { code: number; message: string; more_info: string; status: number } {
    return { code: this.code, message: this.message, more_info: `https://www.twilio.com/docs/errors/${this.code}`, status: this.status }
  }
}

export const refusals = {
  authenticate: () => new TwilioApiError(401, 20003, 'Authenticate'),
  notFound: (path: string) => new TwilioApiError(404, 20404, `The requested resource ${path} was not found`),
  tooManyRequests: () => new TwilioApiError(429, 20429, 'Too Many Requests'),
  unavailable: () => new TwilioApiError(503, 20503, 'Service unavailable'),
  missing: (code: number, name: string) => new TwilioApiError(400, code, `A '${name}' parameter is required.`),
  invalidTo: (to: string) => new TwilioApiError(400, 21211, `The 'To' number ${to} is not a valid phone number.`),
  foreignFrom: (from: string) => new TwilioApiError(400, 21606, `The 'From' phone number provided (${from}) is not a valid message-capable Twilio phone number for this destination.`),
  noWhatsappSender: () => new TwilioApiError(400, 63007, 'Twilio could not find a Channel with the specified From address'),
  foreignCaller: (from: string) => new TwilioApiError(400, 21210, `The source phone number provided, ${from}, is not yet verified for your account.`),
  emptyMessage: () => new TwilioApiError(400, 21619, 'A text message body or media urls must be specified.'),
  longBody: () => new TwilioApiError(400, 21617, 'The concatenated message body exceeds the 1600 character limit.'),
  optedOut: () => new TwilioApiError(400, 21610, 'Attempt to send to unsubscribed recipient'),
  invalidMediaUrl: (url: string) => new TwilioApiError(400, 21620, `Invalid media URL(s) ${url}`),
  missingUrl: () => new TwilioApiError(400, 21205, 'Url parameter is required.'),
  invalidUrl: (url: string) => new TwilioApiError(400, 21205, `Url is not a valid URL: ${url}`),
  callNotInProgress: () => new TwilioApiError(400, 21220, 'Call is not in-progress. Cannot redirect.'),
}
