/**
 * The script a website embeds. It draws the button and nothing else; the conversation is fetched on the first click, or at once
 * when a chat is unfinished. Everything lives in one shadow root; no inline style, no eval, no global but `window.tributary`.
 */
import type { MountPanel, Panel, PanelHost } from './panel-host.ts'
import { launcherTexts } from './i18n/launcher.ts'
import { launcherCss } from './launcher-css.ts'
import { openStorage } from './storage.ts'

// `document.currentScript` is null once this script has run; module-like callers get the last matching tag.
const script = (document.currentScript ?? document.querySelector('script[data-account][src*="/widget.js"]')) as HTMLScriptElement | null
const mark = Symbol.for('tributary.widget')
type SiteToken = string | (() => string | Promise<string>)

start()

function start(): void {
  const page = window as unknown as Record<PropertyKey, unknown> // the one global name is ours to define
  const accountId = script?.dataset['account']
  if (!script || !accountId || page[mark]) return
  page[mark] = true

  const hub = new URL(script.src).origin
  const locale = (script.dataset['locale'] ?? (document.documentElement.lang || navigator.language)).toLowerCase().startsWith('zh') ? 'zh' : 'en'
  const say = launcherTexts[locale]
  const storage = openStorage(accountId)
  let siteToken: SiteToken | undefined = script.dataset['token']
  let panel: Panel | undefined
  let loading: Promise<Panel> | undefined
  let isOpen = false
  let unread = storage.read().unread ?? 0

  const element = document.createElement('tributary-widget')
  const root = element.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(launcherCss)
  root.adoptedStyleSheets = [sheet]
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'launcher'
  button.append(icon())
  const badge = document.createElement('span')
  badge.className = 'badge'
  badge.ariaHidden = 'true'
  button.append(badge)
  const note = document.createElement('p')
  note.className = 'note'
  note.role = 'status'
  root.append(button, note)

  const draw = (): void => {
    button.ariaExpanded = String(isOpen)
    button.ariaLabel = (isOpen ? say.close : say.open) + (unread > 0 && !isOpen ? ` (${unread} ${say.unread})` : '')
    badge.textContent = unread > 0 && !isOpen ? (unread > 99 ? '99+' : String(unread)) : ''
    badge.hidden = badge.textContent === ''
    element.toggleAttribute('data-open', isOpen)
  }
  const host: PanelHost = {
    root, hub, accountId, locale, storage,
    siteToken: async () => (typeof siteToken === 'function' ? siteToken() : siteToken),
    onOpen(open) {
      isOpen = open
      draw()
      if (!open) button.focus()
    },
    onUnread(count) {
      unread = count
      draw()
    },
  }
  const load = (): Promise<Panel> => {
    const url = new URL('widget-panel.js', script.src).href
    loading ??= import(/* @vite-ignore */ url).then((module: { mountPanel: MountPanel }) => (panel = module.mountPanel(host)))
    loading.then(() => (note.textContent = ''), () => {
      loading = undefined
      note.textContent = say.failed
    })
    return loading
  }
  const show = (open: boolean): void => {
    if (panel) return open ? panel.open() : panel.close()
    if (open) load().then((loaded) => loaded.open(), () => {}) // said by the note
  }
  button.addEventListener('click', () => show(!isOpen))
  page['tributary'] = {
    open: () => show(true),
    close: () => show(false),
    /** A site's JWT for its signed-in user, or a function that gets a fresh one; nothing: signed out. */
    identify(token?: SiteToken) {
      siteToken = token
      panel?.reconnect()
    },
  }
  draw()
  const attach = (): void => {
    document.body.append(element)
    const kept = storage.read()
    if (kept.open) show(true)
    else if (kept.unfinished) void load()
  }
  if (document.body) attach()
  else document.addEventListener('DOMContentLoaded', attach, { once: true })
}

function icon(): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.ariaHidden = 'true'
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', 'M12 3C6.5 3 2 6.8 2 11.5c0 2.4 1.2 4.6 3.1 6.1-.2 1.2-.8 2.3-1.6 3.2 1.9-.1 3.6-.8 4.9-1.7 1.1.3 2.3.5 3.6.5 5.5 0 10-3.6 10-8.1S17.5 3 12 3z')
  svg.append(path)
  return svg
}
