import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Formats } from '#contract/i18n/formats.ts'
import type { ChatClient } from '../chat-client.ts'
import type { Say } from '../i18n/texts.ts'
import type { PanelHost } from '../panel-host.ts'

export interface Parts {
  host: PanelHost
  client: ChatClient
  say: Say
  formats: Formats
}

export const PartsContext = createContext<Parts | null>(null)

export function useParts(): Parts {
  const parts = useContext(PartsContext)
  if (!parts) throw new Error('outside the panel')
  return parts
}
