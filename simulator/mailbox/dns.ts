import { createSocket } from 'node:dgram'
import { Buffer } from 'node:buffer'
import packet, { type Answer } from 'dns-packet'
import type { DomainKeys } from './domain-keys.ts'

export type RunningDns = { address: string; stop: () => Promise<void> }

const ttlSeconds = 60
/** Customers' mail servers stand in the network reserved for documentation, so that SPF of a mail from this machine never passes and only DKIM proves. */
const mailServerIp = '192.0.2.25'

/** A DNS server over UDP that knows the customers' mail domains: DKIM keys, DMARC with p=reject, SPF and MX. Everything else does not exist. */
export async function startDns(keys: DomainKeys, host: string, port: number): Promise<RunningDns> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (message, from) => {
    void answer(message, keys).then((reply) => reply && socket.send(reply, from.port, from.address))
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, host, resolve)
  })
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${socket.address().port}`,
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

async function answer(message: Buffer, keys: DomainKeys): Promise<Buffer | null> {
  const query = decode(message)
  const question = query?.questions?.[0]
  if (!query || !question) return null
  const answers = await recordsFor(question.name.toLowerCase(), question.type, keys)
  return packet.encode({
    type: 'response',
    id: query.id ?? 0,
    // 0x400: authoritative; the low bits are the response code, 3 for a name that does not exist.
    flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | 0x400 | (answers === null ? 3 : 0),
    questions: [question],
    answers: answers ?? [],
  })
}

function decode(message: Buffer): packet.DecodedPacket | null {
  try {
    return packet.decode(message)
  } catch {
    return null
  }
}

/** Null: no such name. Empty: the name is there without a record of this type. */
async function recordsFor(name: string, type: string, keys: DomainKeys): Promise<Answer[] | null> {
  const txt = (value: string): Answer[] => (type === 'TXT' ? [{ name, type: 'TXT', ttl: ttlSeconds, data: chunks(value) }] : [])
  const [selector, marker, ...rest] = name.split('.')
  if (marker === '_domainkey') {
    const domain = rest.join('.')
    return keys.knows(domain) && selector === keys.selector ? txt(await keys.publicRecord(domain)) : null
  }
  if (selector === '_dmarc') return keys.knows(name.slice('_dmarc.'.length)) ? txt('v=DMARC1; p=reject; adkim=r; aspf=r') : null
  if (selector === 'mx' && keys.knows(name.slice('mx.'.length))) return type === 'A' ? [{ name, type: 'A', ttl: ttlSeconds, data: mailServerIp }] : []
  if (!keys.knows(name)) return null
  if (type === 'MX') return [{ name, type: 'MX', ttl: ttlSeconds, data: { preference: 10, exchange: `mx.${name}` } }]
  return txt(`v=spf1 ip4:${mailServerIp} -all`)
}

/** A TXT record holds strings of at most 255 bytes. */
function chunks(value: string): string[] {
  return value.match(/.{1,250}/gs) ?? ['']
}
