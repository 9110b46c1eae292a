import type { Context } from '#server/context.ts'
import { webchatSettingsSchema } from '#server/channels/webchat/settings.ts'
import { listSiteSettings } from './webchat.store.ts'

/** How old the list of all sites' origins may be; a site's own door reads its account afresh each time. */
const freshMs = 5_000

export interface SiteOrigins {
  /** Whether some site of ours may be embedded on pages of this origin: for CORS and the transport, before the account is known. */
  isKnown(origin: string): Promise<boolean>
}

/** The allowed origins of all sites together, read again when they are older than a few seconds. */
export function createSiteOrigins(context: Pick<Context, 'db'>): SiteOrigins {
  let known = new Set<string>()
  let readAt = -Infinity
  let reading: Promise<void> | null = null
  const read = async (): Promise<void> => {
    const sites = await listSiteSettings(context.db)
    known = new Set(sites.flatMap(({ settings }) => webchatSettingsSchema.safeParse(settings).data?.allowedOrigins ?? []))
    readAt = performance.now()
  }
  return {
    async isKnown(origin) {
      if (performance.now() - readAt > freshMs) {
        reading ??= read().finally(() => { reading = null })
        await reading
      }
      return known.has(origin)
    },
  }
}

/** Exactly one of the site's origins: `null`, another scheme, another port or a longer host name is another site. */
export function isOriginOfSite(origin: string, allowedOrigins: readonly string[]): boolean {
  return origin !== 'null' && allowedOrigins.includes(origin)
}
