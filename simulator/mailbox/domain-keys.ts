import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'

type Pair = { publicKey: string; privateKey: string }

const generate = promisify(generateKeyPair)

/** One DKIM key per customers' mail domain, made when first needed and forgotten at the end. */
export class DomainKeys {
  readonly selector = 'sim'
  readonly #pairs = new Map<string, Promise<Pair> | null>()

  constructor(domains: Iterable<string>) {
    for (const domain of domains) this.add(domain)
  }

  add(domain: string): void {
    if (!this.knows(domain)) this.#pairs.set(domain.toLowerCase(), null)
  }

  knows(domain: string): boolean {
    return this.#pairs.has(domain.toLowerCase())
  }

  async privateKey(domain: string): Promise<string> {
    return (await this.#pairOf(domain)).privateKey
  }

  /** The TXT record under `<selector>._domainkey.<domain>`. */
  async publicRecord(domain: string): Promise<string> {
    const { publicKey } = await this.#pairOf(domain)
    return `v=DKIM1; k=rsa; p=${publicKey.replace(/-----[^-]+-----|\s/g, '')}`
  }

  #pairOf(domain: string): Promise<Pair> {
    const name = domain.toLowerCase()
    let pair = this.#pairs.get(name)
    if (!pair) {
      pair = generate('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
      this.#pairs.set(name, pair)
    }
    return pair
  }
}
