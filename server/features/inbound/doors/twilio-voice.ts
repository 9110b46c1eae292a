import type { Webhook } from '#server/platform/http-route.ts'
/** PLACEHOLDER until the voice feature lands. */
export function twilioVoiceDoors(_context: object): Webhook[] { return [] }
