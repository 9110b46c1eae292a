import { SaxesParser } from 'saxes'
import { type ElementRule, nouns, type TwimlScope, verbs, verbsByScope } from './twiml-grammar.ts'

export type TwimlElement = { name: string; attributes: Record<string, string>; children: TwimlElement[]; text: string }

/** A document Twilio would not accept, with Twilio's error number. */
export class TwimlError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'TwimlError'
    this.code = code
  }
}

const documentBytesMax = 65_536

/** The verbs of a voice document in order. Throws `TwimlError` for bad XML (12100), what the schema does not know (12200), and more than 64 KB (11750). */
export function parseTwiml(body: string, scope: TwimlScope): TwimlElement[] {
  if (Buffer.byteLength(body) > documentBytesMax) throw new TwimlError(11750, 'TwiML response body too large')
  const root = parseXml(body)
  if (root.name !== 'Response') throw new TwimlError(12200, `Schema validation: the root element is <${root.name}>, not <Response>`)
  for (const verb of root.children) {
    const rule = verbs[verb.name]
    if (!rule) throw new TwimlError(12200, `Schema validation: unknown verb <${verb.name}>`)
    if (!verbsByScope[scope].has(verb.name)) throw new TwimlError(12200, `Schema validation: <${verb.name}> is not allowed here`)
    checkElement(verb, rule)
  }
  return root.children
}

/** One XML document as a tree, strictly. */
export function parseXml(body: string): TwimlElement {
  const top: TwimlElement = { name: '', attributes: {}, children: [], text: '' }
  const open = [top]
  const parser = new SaxesParser({ xmlns: false })
  parser.on('error', (error) => {
    throw new TwimlError(12100, `Document parse failure: ${error.message}`)
  })
  parser.on('doctype', () => {
    throw new TwimlError(12100, 'Document parse failure: a document type is not allowed')
  })
  parser.on('opentag', (tag) => {
    const element: TwimlElement = { name: tag.name, attributes: { ...tag.attributes }, children: [], text: '' }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on('text', (text) => addText(open, text))
  parser.on('cdata', (text) => addText(open, text))
  parser.on('closetag', () => open.pop())
  parser.write(body).close()
  const [root] = top.children
  if (!root) throw new TwimlError(12100, 'Document parse failure: the document is empty')
  return root
}

/** Words inside speech marks are part of the sentence around them. */
function addText(open: TwimlElement[], text: string): void {
  let depth = open.length - 1
  const element = open[depth]
  if (element) element.text += text
  while (depth > 1 && isSpeechMark(open[depth]?.name)) {
    depth -= 1
    const outer = open[depth]
    if (outer) outer.text += text
  }
}

function isSpeechMark(name: string | undefined): boolean {
  return name !== undefined && /^[a-z]/.test(name) && name in nouns
}

function checkElement(element: TwimlElement, rule: ElementRule): void {
  for (const [name, value] of Object.entries(element.attributes)) {
    const isValid = rule.attributes[name]
    if (!isValid) throw new TwimlError(12200, `Schema validation: <${element.name}> has no attribute '${name}'`)
    if (!isValid(value)) throw new TwimlError(12200, `Schema validation: <${element.name}> attribute '${name}' must not be '${value}'`)
  }
  if (!rule.text && element.text.trim() !== '') throw new TwimlError(12200, `Schema validation: <${element.name}> must not contain text`)
  for (const child of element.children) {
    const childRule = nouns[child.name] ?? verbs[child.name]
    if (!childRule || !rule.children.includes(child.name)) throw new TwimlError(12200, `Schema validation: <${child.name}> is not allowed inside <${element.name}>`)
    checkElement(child, childRule)
  }
}
