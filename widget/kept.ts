/** What the widget keeps in the browser, per website account. */

export interface KeptFile { id: string; name: string; contentType: string; sizeBytes: number }
export interface KeptMessage { clientId: string; text: string; files: KeptFile[]; at: string; failed?: string }

export interface Kept {
  token?: string
  /** Written and not yet acknowledged, oldest first. */
  outbox?: KeptMessage[]
  /** A chat is waiting or active, or something is unsent: the panel is loaded without a click. */
  unfinished?: boolean
  open?: boolean
  unread?: number
  muted?: boolean
  introduced?: boolean
}
