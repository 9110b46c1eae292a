import type { FeedItem, NoticeView } from './views.ts'

type Listener = (item: FeedItem) => void

const noticesMax = 200

/** Carries every change of the simulated world to whoever watches it, and keeps the providers' error log. */
export class Feed {
  readonly notices: NoticeView[] = []
  readonly #listeners = new Set<Listener>()
  #lastNotice = 0

  publish(item: FeedItem): void {
    for (const listener of this.#listeners) listener(item)
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  notice(source: NoticeView['source'], code: number | string, text: string): void {
    this.#lastNotice += 1
    const item: NoticeView = { id: `notice-${this.#lastNotice}`, at: new Date().toISOString(), source, code, text }
    this.notices.push(item)
    if (this.notices.length > noticesMax) this.notices.shift()
    this.publish({ kind: 'notice', item })
  }
}
