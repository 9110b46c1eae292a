import * as z from 'zod'
import { cleanText } from '../clean-text.ts'

const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' }

/**
 * Slack's mrkdwn as plain words: mentions by name where Slack gives one, links as text with their address, special mentions
 * (`<!channel>`) as harmless words. Emphasis marks stay, they are what the person typed.
 */
export function plainTextOf(mrkdwn: string): string {
  const shown = mrkdwn.slice(0, 100_000).replaceAll(/<([^<>\n]{1,3000})>/g, (_, inside: string) => inertOf(inside))
  return cleanText(shown.replaceAll(/&(?:lt|gt|amp);/g, (entity) => entities[entity] ?? entity))
}

function inertOf(inside: string): string {
  const bar = inside.indexOf('|')
  const [target, label] = bar < 0 ? [inside, ''] : [inside.slice(0, bar), inside.slice(bar + 1)]
  const sign = target[0]
  if (sign === '@') return `@${label || target.slice(1)}`
  if (sign === '#') return `#${label || target.slice(1)}`
  if (sign === '!') return specialOf(target.slice(1), label)
  if (!/^[a-z][a-z0-9+.-]{1,20}:/i.test(target)) return `&lt;${inside}&gt;`
  const address = target.replace(/^(?:mailto|tel):/, '')
  return label === '' || label === address || label === target ? address : `${label} (${address})`
}

function specialOf(target: string, label: string): string {
  if (label !== '') return label
  return `@${target.replace(/^subteam\^/, '')}`
}

/** Text that Slack shows as it was written: nothing in it becomes a mention or a link with another face. */
export function escapeForSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const textual = z.object({ text: z.union([z.string(), z.object({ text: z.string() }).transform((inner) => inner.text)]) })
const depthMax = 12
const elementsMax = 400

/** The words in blocks, for a message whose `text` is empty. The walk is bounded: blocks may come a hundred levels deep. */
export function textOfBlocks(blocks: unknown): string {
  const words: string[] = []
  let seen = 0
  const walk = (node: unknown, depth: number): void => {
    if (depth > depthMax || seen >= elementsMax || typeof node !== 'object' || node === null) return
    seen += 1
    if (Array.isArray(node)) return node.forEach((child) => walk(child, depth + 1))
    const own = textual.safeParse(node)
    if (own.success) words.push(own.data.text)
    for (const name of ['elements', 'fields', 'blocks'] as const) walk((node as Record<string, unknown>)[name], depth + 1)
  }
  walk(blocks, 0)
  return plainTextOf(words.join(' '))
}
