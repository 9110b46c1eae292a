import { render } from 'preact'
import { formatsFor } from '#contract/i18n/formats.ts'
import { createChatClient } from './chat-client.ts'
import { PartsContext } from './components/context.ts'
import { PanelView } from './components/panel-view.tsx'
import { textsFor } from './i18n/texts.ts'
import { panelCss } from './panel-css.ts'
import type { MountPanel } from './panel-host.ts'
import { playArrival } from './sound.ts'

/** Draws the panel into the loader's shadow root and connects. Called once per page. */
export const mountPanel: MountPanel = (host) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(panelCss)
  host.root.adoptedStyleSheets = [...host.root.adoptedStyleSheets, sheet]
  const place = document.createElement('div')
  host.root.prepend(place)
  // A page's own shortcuts must not fire on what is typed here.
  for (const name of ['keydown', 'keyup', 'keypress'] as const) place.addEventListener(name, (event) => event.stopPropagation())
  const client = createChatClient(host)
  client.onArrival(() => {
    if (!host.storage.read().muted && (!client.state.isOpen || document.visibilityState !== 'visible')) playArrival()
  })
  const parts = { host, client, say: textsFor(host.locale), formats: formatsFor(host.locale) }
  render(<PartsContext.Provider value={parts}><PanelView /></PartsContext.Provider>, place)
  const setOpen = (isOpen: boolean): void => {
    client.setOpen(isOpen)
    host.onOpen(isOpen)
  }
  return { open: () => setOpen(true), close: () => setOpen(false), reconnect: () => client.reconnect() }
}
