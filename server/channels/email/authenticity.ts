import { promises as dns } from 'node:dns'
import { authenticate } from 'mailauth'

/** What the envelope and the connection say about where a mail came from. */
export interface MailPeer {
  mailFrom: string
  address: string
  helo: string
}

const answerMs = 1500

class NameServerSilent extends Error {
  readonly code = 'ETIMEOUT'
}

/**
 * Whether the mail's From domain vouches for it: DMARC passes, by an aligned DKIM signature or by SPF of the server that
 * delivered it. Whatever cannot be checked, a domain without DMARC or a name server that does not answer, is not proved.
 */
export async function isDmarcAligned(raw: Buffer, peer: MailPeer, dnsServers: readonly string[], ourName: string): Promise<boolean> {
  const resolver = new dns.Resolver({ timeout: answerMs, tries: 1 })
  if (dnsServers.length > 0) resolver.setServers(dnsServers)
  let isDeaf = false
  /** Once a name server did not answer, the mail cannot be proved any more: no need to wait for it again and again. */
  const resolve = async (name: string, type: string): Promise<string[]> => {
    if (isDeaf) throw new NameServerSilent()
    try {
      // Records come as strings or as lists of strings, by their type; the library expects what Node gives.
      return (await resolver.resolve(name, type)) as string[]
    } catch (error) {
      const { code } = error as { code?: string }
      isDeaf = code === 'ETIMEOUT' || code === 'ECONNREFUSED'
      throw error
    }
  }
  const result = await authenticate(raw, {
    ip: peer.address,
    helo: peer.helo,
    sender: peer.mailFrom,
    mta: ourName,
    disableArc: true,
    disableBimi: true,
    rejectRsaSha1: true,
    resolver: resolve,
  })
  return result.dmarc !== false && result.dmarc?.status.result === 'pass'
}
