import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { createHttpClient, isPublicAddress, type ResolveHost } from '#server/platform/http-client.ts'

const server = createServer((request, response) => {
  if (request.url === '/redirect-inside') return void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
  if (request.url === '/loop') return void response.writeHead(302, { location: '/loop' }).end()
  if (request.url === '/large') return void response.end(Buffer.alloc(2000))
  if (request.url === '/slow') return
  if (request.url === '/off-site') return void response.writeHead(307, { location: `http://localhost:${port()}/echo` }).end()
  response.end(JSON.stringify({ method: request.method, authorization: request.headers.authorization ?? null }))
}).listen(0, '127.0.0.1')
const port = () => (server.address() as AddressInfo).port
const own = () => `http://127.0.0.1:${port()}`
afterAll(() => void server.close(), 1000)
const leadsTo = (...addresses: string[]): ResolveHost => (_host, done) => done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
const client = () => createHttpClient({ allowedOrigins: [own()] })

test.each([
  'http://169.254.169.254/latest/meta-data', 'http://[::ffff:127.0.0.1]/', 'http://0x7f.1/', 'http://2130706433/', 'http://127.1/',
  'https://169.254.169.254/', 'https://[::ffff:127.0.0.1]/', 'https://0x7f.1/', 'https://2130706433/', 'https://127.1/', 'https://0177.0.0.1/', 'https://[::1]/', 'https://[::]/', 'https://0/',
  'https://10.0.0.1/', 'https://192.168.1.1/', 'https://172.16.0.1/', 'https://100.64.0.1/', 'https://[fd00::1]/', 'https://[fe80::1]/', 'https://[64:ff9b::7f00:1]/', 'https://[2002:7f00:1::]/', 'https://[::127.0.0.1]/',
  'https://user:secret@example.com/', 'https://example.com:22/', 'http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'not an address',
])('%s is never reached', async (url) => {
  await expect(createHttpClient({ resolve: leadsTo('93.184.215.14') }).request({ url })).rejects.toMatchObject({ code: 'blocked' })
})

test.each([
  ['a private address', ['10.0.0.5']], ['loopback', ['127.0.0.1']], ['a public and a private one', ['93.184.215.14', '127.0.0.1']], ['mapped loopback', ['::ffff:127.0.0.1']], ['nothing', []],
])('a name that leads to %s is blocked when the socket connects', async (_name, addresses) => {
  await expect(createHttpClient({ resolve: leadsTo(...addresses) }).request({ url: 'https://rebinding.example/' })).rejects.toMatchObject({ code: 'blocked' })
})

test('a name is resolved once per connection, so a second answer cannot slip in', async () => {
  let asked = 0
  const resolve: ResolveHost = (host, done) => leadsTo(++asked === 1 ? '203.0.113.1' : '127.0.0.1')(host, done)
  await expect(createHttpClient({ resolve }).request({ url: 'https://rebinding.example/', timeoutMs: 300 })).rejects.toBeDefined()
  expect(asked).toBe(1)
})

test('only the hosts of the call are reached', async () => {
  const request = (url: string) => createHttpClient({ resolve: leadsTo('127.0.0.1') }).request({ url, allowedHosts: ['api.twilio.com', '*.twiliocdn.com'] })
  await expect(request('https://evil.example/')).rejects.toThrow('allowed hosts')
  await expect(request('https://api.twilio.com.evil.example/')).rejects.toThrow('allowed hosts')
  await expect(request('https://eviltwiliocdn.com/')).rejects.toThrow('allowed hosts')
  await expect(request('https://media.twiliocdn.com/')).rejects.toThrow('not public')
})

test('a configured origin is reached as it is, its redirects are not', async () => {
  expect((await client().request({ url: `${own()}/echo`, method: 'POST', body: 'x' })).status).toBe(200)
  await expect(client().request({ url: `${own()}/redirect-inside` })).rejects.toMatchObject({ code: 'blocked' })
  await expect(client().request({ url: `${own()}/off-site` })).rejects.toMatchObject({ code: 'blocked' })
})

test('credentials do not follow a redirect to another host', async () => {
  const both = createHttpClient({ allowedOrigins: [own(), `http://localhost:${port()}`] })
  const answer = await both.request({ url: `${own()}/off-site`, headers: { Authorization: 'Basic secret' } })
  expect(JSON.parse(answer.body.toString())).toEqual({ method: 'GET', authorization: null })
})

test('size, time and redirects have limits', async () => {
  await expect(client().request({ url: `${own()}/large`, sizeBytesMax: 1999 })).rejects.toMatchObject({ code: 'too-large' })
  expect((await client().request({ url: `${own()}/large`, sizeBytesMax: 2000 })).body.length).toBe(2000)
  await expect(client().request({ url: `${own()}/slow`, timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' })
  await expect(client().request({ url: `${own()}/loop` })).rejects.toMatchObject({ code: 'too-many-redirects' })
  await expect(createHttpClient({ allowedOrigins: ['http://127.0.0.1:1'] }).request({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({ code: 'unreachable' })
})

test('public addresses are public', () => {
  expect(['93.184.215.14', '2606:4700::1111', '1.1.1.1'].map(isPublicAddress)).toEqual([true, true, true])
})
