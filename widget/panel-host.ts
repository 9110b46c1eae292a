import type { Storage } from './storage.ts'

/** What the loader gives the panel. */
export interface PanelHost {
  root: ShadowRoot
  /** Origin of the hub. */
  hub: string
  accountId: string
  locale: 'en' | 'zh'
  storage: Storage
  /** The site's JWT for its signed-in user, asked for at each connection; undefined for anonymous visitors. */
  siteToken(): Promise<string | undefined>
  onOpen(isOpen: boolean): void
  onUnread(count: number): void
}

/** What the panel gives the loader. */
export interface Panel {
  open(): void
  close(): void
  /** Connects again as whoever the page says now. */
  reconnect(): void
}

export type MountPanel = (host: PanelHost) => Panel
