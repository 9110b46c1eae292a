/** Reads components for the texts they ask for and the texts they hold themselves, from the parser's tree, not by pattern. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'

type Sources = string | Readonly<Record<string, string>>
interface Node { type: string; [field: string]: unknown }

/** Keys asked for: whole ones, and the beginnings of those put together at run time. */
export function usedKeys(folders: readonly string[]): { exact: Set<string>; prefixes: string[] } {
  const exact = new Set<string>()
  const prefixes = new Set<string>()
  for (const folder of folders) {
    for (const [file, source] of filesOf(folder)) {
      walk(treeOf(file, source), (node) => {
        // Any text shaped like a key counts: keys also stand in tables and as the fallback of `keyFor`.
        const value = textOf(node)
        if (value !== null && /^[a-z][\w-]*(\.[\w-]+)+$/i.test(value)) exact.add(value)
        if (node.type === 'TemplateLiteral') {
          const first = (node['quasis'] as { value: { cooked: string } }[])[0]?.value.cooked ?? ''
          if (/^[a-z][\w.-]*\.$/i.test(first)) prefixes.add(first)
        }
        if (node.type === 'CallExpression' && (node['callee'] as Node)['name'] === 'keyFor') {
          const path = textOf((node['arguments'] as Node[])[0])
          if (path !== null) prefixes.add(`${path}.`)
        }
      })
    }
  }
  // `keyFor(kind, …)` in system-text takes its paths from a list.
  for (const kind of ['channel', 'contactOutcome', 'sla', 'surveyKind']) prefixes.add(`${kind}.`)
  return { exact, prefixes: [...prefixes] }
}

const shownAttributes: ReadonlySet<string> = new Set(['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'placeholder', 'title', 'alt', 'label', 'description', 'nothingFoundMessage', 'suffix', 'text', 'saveLabel', 'confirmLabel'])

/** Texts that stand in components themselves and people would see: `file: text`. */
export function literalTexts(sources: Sources): string[] {
  const found: string[] = []
  for (const [file, source] of filesOf(sources)) {
    if (!file.endsWith('.tsx')) continue
    const report = (value: string | null): void => { if (value !== null && isWords(value)) found.push(`${file}: ${value.trim()}`) }
    walk(treeOf(file, source), (node) => {
      if (node.type === 'JSXText') report(String(node['value']))
      // `{open ? 'Open' : name}` between tags is shown like text between tags.
      if (node.type === 'JSXElement' || node.type === 'JSXFragment') for (const child of node['children'] as Node[]) if (child.type === 'JSXExpressionContainer') literalsIn(child['expression'] as Node).forEach(report)
      if (node.type !== 'JSXAttribute' || !shownAttributes.has(nameOf(node['name'] as Node))) return
      const value = node['value'] as Node | null
      if (value?.type === 'JSXExpressionContainer') literalsIn(value['expression'] as Node).forEach(report)
      else report(textOf(value))
    })
  }
  return found
}

/** Literals that may be the value of an expression: not those inside calls, comparisons or member access. */
function literalsIn(node: Node | null | undefined): string[] {
  if (!node) return []
  switch (node.type) {
    case 'Literal': return typeof node['value'] === 'string' ? [node['value']] : []
    case 'TemplateLiteral': return (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked)
    case 'ConditionalExpression': return [...literalsIn(node['consequent'] as Node), ...literalsIn(node['alternate'] as Node)]
    case 'LogicalExpression': return [...literalsIn(node['left'] as Node), ...literalsIn(node['right'] as Node)]
    case 'ParenthesizedExpression': return literalsIn(node['expression'] as Node)
    default: return []
  }
}

/** Words of a language: two letters in a row. Signs, numbers, single letters (keys of the keyboard) and addresses are not. */
function isWords(value: string): boolean {
  return /\p{L}{2}/u.test(value) && !/^\s*\S+@\S+\s*$/.test(value)
}

function textOf(node: Node | null | undefined): string | null {
  return node?.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : null
}

function nameOf(node: Node): string {
  return typeof node['name'] === 'string' ? node['name'] : ''
}

function treeOf(file: string, source: string): Node {
  const { program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message ?? 'cannot be parsed'}`)
  // The parser's own types name each kind of node; walking needs only that a node has a type.
  return program as unknown as Node
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child && typeof child.type === 'string') walk(child as Node, visit)
    }
  }
}

function filesOf(sources: Sources): [file: string, source: string][] {
  if (typeof sources !== 'string') return Object.entries(sources)
  if (!existsSync(sources)) return []
  return readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') && !entry.name.includes('.config.'))
    .map((entry) => join(entry.parentPath, entry.name)).map((file) => [file, readFileSync(file, 'utf8')])
}
