import type { AttachmentView } from '#contract/views.ts'

/** What somebody began to write to a customer and has not sent. Holds message ids at most, never a place in the conversation. */
export interface Draft {
  kind: 'reply' | 'note'
  text: string
  subject: string
  /** `channel:identityId:accountId` when chosen by hand; null follows the customer. */
  route: string | null
  attachments: AttachmentView[]
}

export const emptyDraft: Draft = { kind: 'reply', text: '', subject: '', route: null, attachments: [] }

const prefix = 'tributary.draft.'

export function readDraft(conversationId: string): Draft {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(prefix + conversationId) ?? 'null')
    return typeof kept === 'object' && kept !== null ? { ...emptyDraft, ...kept } : emptyDraft
  } catch {
    // Storage is off or holds something else: a draft then lives as long as the page.
    return emptyDraft
  }
}

export function keepDraft(conversationId: string, draft: Draft): void {
  try {
    const isEmpty = draft.text === '' && draft.subject === '' && draft.attachments.length === 0 && draft.kind === 'reply' && draft.route === null
    if (isEmpty) localStorage.removeItem(prefix + conversationId)
    else localStorage.setItem(prefix + conversationId, JSON.stringify(draft))
  } catch {
    // Full or forbidden storage must not stop somebody from writing.
  }
}

export function hasDraft(conversationId: string): boolean {
  return readDraft(conversationId).text.trim() !== ''
}

/** On sign-out: the next person at this machine reads nothing of it. */
export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key)
}
