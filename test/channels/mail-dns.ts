import { createSocket } from 'node:dgram'
import { decode, encode, type Packet } from 'dns-packet'

/** A name server on a real port that knows these TXT records and nothing else. */
export async function startMailDns(records: Record<string, string>): Promise<{ address: string; close(): Promise<void> }> {
  const socket = createSocket('udp4')
  socket.on('message', (message, peer) => {
    const query = decode(message)
    const question = query.questions?.[0]
    const text = question?.type === 'TXT' ? records[question.name.toLowerCase()] : undefined
    const answer: Packet = {
      type: 'response', id: query.id ?? 0, flags: text === undefined ? 0x8183 : 0x8180, questions: query.questions ?? [],
      answers: text === undefined || !question ? [] : [{ type: 'TXT', name: question.name, ttl: 60, data: text.match(/.{1,200}/g) ?? [] }],
    }
    socket.send(encode(answer), peer.port, peer.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return { address: `127.0.0.1:${socket.address().port}`, close: () => new Promise((resolve) => socket.close(() => resolve())) }
}
