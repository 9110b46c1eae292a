/** Single-key shortcuts: never while somebody writes, never inside a dialog or menu, never with a modifier. */

const handlers = new Map<string, Set<() => void>>()

// Asked before anybody hears of the key: a dialog that closes by it is gone when it gets here.
let wasOccupied = false
window.addEventListener('keydown', (event) => { wasOccupied = isOccupied(event.target) }, { capture: true })

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  const handlersOfKey = handlers.get(event.key)
  if (!handlersOfKey?.size || wasOccupied) return
  event.preventDefault()
  // The one who came last is the innermost screen.
  ;[...handlersOfKey].at(-1)?.()
})

export function onKey(key: string, handler: () => void): () => void {
  const known = handlers.get(key) ?? new Set()
  handlers.set(key, known.add(handler))
  return () => known.delete(handler)
}

function isOccupied(target: EventTarget | null): boolean {
  if (document.querySelector('[role="dialog"]')) return true
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable="true"], [role="menu"], [role="listbox"]') !== null
}
