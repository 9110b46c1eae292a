import { describe, expect } from 'vitest'
import { password, staff as people } from '#prisma/seed.ts'
import { api, canary, http, hub, rawHttp, row, staff } from './harness.ts'

const json = { 'content-type': 'application/json' }
const nobody = '0190a000-0000-7000-8000-00000000dead'

async function refuses(status: number | readonly number[], ...tries: (() => ReturnType<typeof http>)[]): Promise<void> {
  for (const [index, attempt] of tries.entries()) {
    const answer = await attempt()
    expect([status].flat(), `try ${index}: ${answer.body.slice(0, 200)}`).toContain(answer.status)
  }
}

export function apiRows(): void {
  describe('API: parsing', () => {
    row('api', 'RA-01', 'bodies that are none', () => refuses(400, ...['{', '', 'null', '[]', '"x"', '1e999', '{"presence":"available"', '{"presence":"available"}x', '{"presence":"av\\u0000ailable"}', '{"presence":"\\ud800"}', `${'['.repeat(40_000)}`].map((body) => () => api('POST', '/presence', body))))
    row('api', 'RA-03', 'no content type, and others', () => refuses([400, 415], () => http('POST', '/api/v1/presence', { headers: { cookie: staff().cookie }, body: '{"presence":"available"}' }), ...['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=x-unknown', 'a/b'].map((type) => () => api('POST', '/presence', '{"presence":"available"}', { 'content-type': type })), () => api('POST', '/presence', '{"presence":"available"}', { 'content-encoding': 'x-unknown' })))
    row('api', 'RA-04', 'a body above the limit', () => refuses(413, () => api('POST', '/presence', JSON.stringify({ presence: 'x'.repeat(100 * 1024) }))))
    row('api', 'RA-06, RA-07', 'keys that reach for the prototype', async () => {
      await refuses(400, ...['{"__proto__":{"role":"admin"},"name":"x"}', '{"constructor":{"prototype":{"role":"admin"}}}', '{"name":"x","prototype":{}}', '{"name":{"__proto__":1}}'].map((body) => () => api('PATCH', '/me', body)))
      expect(JSON.parse((await api('GET', '/me')).body)).toMatchObject({ role: 'agent', name: 'Lena Fischer' })
      expect(Object.hasOwn(Object.prototype, 'role')).toBe(false)
    })
    row('api', 'RA-09', 'operators where a word belongs', () => refuses(400, ...[{ not: '' }, { contains: '' }, { gte: 'a' }, ['a'], 7, null, true].map((email) => () => http('POST', '/api/v1/session', { headers: json, body: JSON.stringify({ email, password }) }))))
    row('api', 'RA-10', 'ids that are missing or none', async () => {
      await refuses(404, ...['undefined', 'null', '%00', `'%20or%201=1`, '..%2f..%2fetc', canary.word, '0'].flatMap((id) => [() => api('GET', `/contacts/${id}`), () => api('GET', `/customers/${id}`), () => api('GET', `/conversations/${id}/messages`)]))
      await refuses(400, () => api('POST', `/conversations/${nobody}/messages`, { kind: 'note', text: 'x' }), () => api('GET', '/contacts?customerId='), () => api('GET', '/contacts?customerId=undefined'))
    })
    row('api', 'RA-12, RA-13, RA-43', 'orders, filters and parts nobody offers', () => refuses(400, ...['sort=password', 'sort=id;drop', 'order=sideways', `filter[0][attr]=x')%20OR%201=1--`, 'include=notes,audit,tokens', 'state=x', 'list=everything', 'list=mine&list=all', 'q=a%00b'].map((query) => () => api('GET', `/contacts?${query}`))))
    row('api', 'RA-15', 'limits that are none', () => refuses(400, ...['-1', '0', '1e9', 'NaN', '1.5', 'x', '', '101', '9'.repeat(400)].map((limit) => () => api('GET', `/contacts?limit=${limit}`))))
    row('api', 'RA-16', 'cursors that were not given out, or for something else', async () => {
      const { nextCursor } = JSON.parse((await api('GET', '/contacts?limit=1')).body) as { nextCursor: string }
      expect(nextCursor).not.toBeNull()
      await refuses(400, ...['x', 'a.b', '.', `${nextCursor}x`, nextCursor.slice(1), 'e'.repeat(500), 'e'.repeat(501)].map((cursor) => () => api('GET', `/contacts?cursor=${encodeURIComponent(cursor)}`)), () => api('GET', `/customers?cursor=${encodeURIComponent(nextCursor)}`))
    })
    const head = () => `Host: ${new URL(hub().url).host}\r\n`
    row('api', 'RA-18', 'heads that are too large, lengths that contradict each other', async () => {
      for (const [bytes, status] of [
        [`GET /api/v1/me HTTP/1.1\r\n${head()}X-Long: ${'x'.repeat(65_536)}\r\n\r\n`, 431],
        [`GET /api/v1/me HTTP/1.1\r\n${head()}${Array.from({ length: 200 }, (_, i) => `X-${i}: 1\r\n`).join('')}\r\n`, 431],
        [`POST /api/v1/session HTTP/1.1\r\n${head()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nboom\r\n`, 400],
        [`POST /api/v1/session HTTP/1.1\r\n${head()}Content-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
        [`POST /api/v1/session HTTP/1.1\r\n${head()}Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}`, 400],
        [`GET /api/v1/me HTTP/1.1\r\n${head()}X\u0001Y: 1\r\n\r\n`, 400],
      ] as const) {
        const answer = await rawHttp(bytes)
        expect(answer.slice(0, 100)).toContain(`HTTP/1.1 ${status} `)
        expect(answer).toContain('application/problem+json')
      }
    })
    row('api', 'RA-19', 'old and odd ways of speaking', async () => {
      for (const bytes of [`GET /\r\n\r\n`, `POST /api/v1/session HTTP/1.1\r\n${head()}Transfer-Encoding: identity\r\n\r\n{}`, `GET /api/v1/me HTTP/9.9\r\n${head()}\r\n`, `HELO there\r\n\r\n`, `GET /api/v1/me HTTP/1.1\r\n\r\n`]) expect((await rawHttp(bytes)).slice(0, 60)).toMatch(/^HTTP\/1\.1 4\d\d /)
      expect(await rawHttp(`POST /api/v1/session HTTP/1.1\r\n${head()}Expect: something-else\r\nContent-Length: 0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4\d\d /)
    })
    row('api', 'RA-01', 'addresses and methods nobody serves', () => refuses([404, 405], () => http('GET', '/api/v1/nothing'), () => http('GET', '/api/v2/me'), () => http('DELETE', '/api/v1/me'), () => http('TRACE', '/api/v1/me'), () => http('GET', '/api/v1/%'), () => http('GET', `/files/${canary.word}`), () => http('GET', '/files/../../etc/passwd')))
  })

  describe('API: who is it', () => {
    row('api', 'RA-22, RA-33', 'no session, other schemes, a token in the address, somebody named by a header', () => refuses(401,
      () => http('GET', '/api/v1/me'),
      ...['Basic bGVuYTpsYW1w', 'Bearer', 'Bearer x', `Bearer trib_${'a'.repeat(43)}`, `Bearer ${'a'.repeat(5_000)}`, 'Negotiate x'].map((authorization) => () => http('GET', '/api/v1/me', { headers: { authorization } })),
      () => http('GET', `/api/v1/me?token=${encodeURIComponent(staff().cookie)}&access_token=x`),
      ...[{ 'x-remote-user': 'admin' }, { 'x-forwarded-user': 'robin@hillside.example' }, { 'remote-user': 'admin' }].map((headers) => () => http('GET', '/api/v1/me', { headers: headers as unknown as Record<string, string> })),
      ...['', 'x', `${staff().cookie}x`, staff().cookie.replace(/=.*/, '=%00'), `${staff().cookie.split('=')[0]}=${'%F0'.repeat(300)}`].map((cookie) => () => http('GET', '/api/v1/me', { headers: { cookie } }))))
    row('api', 'RA-36', 'pages of other sites', async () => {
      for (const origin of ['null', 'https://evil.example', `https://sub.${new URL(hub().url).host}`]) {
        const preflight = await http('OPTIONS', '/api/v1/me', { headers: { origin, 'access-control-request-method': 'PATCH' } })
        expect(preflight.headers['access-control-allow-origin']).toBeUndefined()
        expect((await api('GET', '/me', undefined, { origin })).headers['access-control-allow-origin']).toBeUndefined()
        await refuses(403, () => api('PATCH', '/me', { name: 'Eve' }, { origin }), () => api('POST', '/presence', { presence: 'available' }, { 'sec-fetch-site': 'cross-site' }))
      }
    })
    row('api', 'RA-40', 'fields that are not one’s own to set', () => refuses(400, ...[{ role: 'admin' }, { tenantId: nobody }, { passwordHash: 'x' }, { emailVerified: true }, { email: canary.mail }, { id: nobody }, { name: '' }, { name: 'x'.repeat(101) }, { locale: 'xx' }].map((change) => () => api('PATCH', '/me', change))))
    row('api', 'RA-42', 'what is told of oneself', async () => {
      expect(Object.keys(JSON.parse((await api('GET', '/me')).body) as object).sort()).toEqual(['email', 'id', 'locale', 'name', 'passwordSet', 'queueIds', 'role', 'teamIds', 'twoFactor'])
    }, { isCounted: false })
    row('api', 'RA-45, RA-46', 'files and uploads of others', async () => {
      await refuses(404, () => api('GET', `/attachments/${nobody}/link`), () => http('GET', `/files/${nobody}`), () => http('GET', `/files/${nobody}?viewer=staff:x&expires=9999999999&signature=x`))
      const { id } = await hub().db.one<{ id: string }>('select id from conversation order by id limit 1')
      await refuses([400, 404], () => api('POST', `/conversations/${id}/messages`, { kind: 'note', clientId: 'bad-input-1', text: 'x', attachmentIds: [nobody] }))
    })
    row('api', 'EM-85', 'a reply with an address of its own', async () => {
      const { id } = await hub().db.one<{ id: string }>('select id from conversation order by id limit 1')
      await refuses(400, ...['a@b.example\r\nBcc: evil@x.example', canary.mail].map((to) => () => api('POST', `/conversations/${id}/messages`, { kind: 'reply', clientId: 'bad-input-2', text: 'x', channel: 'email', identityId: nobody, accountId: nobody, to })))
    })
    row('api', 'RA-54, RA-56', 'merging with oneself, hours that cannot be, by whom it is not allowed', () => refuses([400, 403, 404], () => api('POST', '/merges', { survivorId: nobody, foldedId: nobody }), () => api('POST', '/calendars', { name: 'x', timeZone: 'Nowhere/Land', periods: [{ weekday: 9, from: '25:00', to: '00:99' }], exceptions: [] })))
    row('api', 'RA-51', 'keys against repetition that are none', () => refuses([400, 403, 404], ...['', 'x'.repeat(300), '\u00e9'].map((key) => () => api('POST', '/api-keys', { name: 'x' }, { 'idempotency-key': key }))))
    const lenaMail = people.find(({ name }) => name === 'Lena Fischer')?.email ?? ''
    row('api', 'RA-74, RA-75', 'forwarded addresses and user agents that are markup', async () => {
      for (const headers of [{ 'x-forwarded-for': '<script>alert(1)</script>' }, { 'x-forwarded-for': "1.2.3.4, ' or 1=1" }, { 'cf-connecting-ip': '<b>1</b>' }, { 'user-agent': `<img src=x onerror=alert(1)>${'x'.repeat(10_000)}` }] as Record<string, string>[]) {
        expect((await http('POST', '/api/v1/session', { headers: { ...json, ...headers }, body: JSON.stringify({ email: lenaMail, password }) })).status).toBe(200)
      }
      const sessions = await hub().db.query<{ session: string }>('select to_jsonb(s)::text as session from staff_session s')
      expect(sessions.filter(({ session }) => /<script|' or 1|<b>|x{301}/.test(session))).toEqual([])
    }, { changes: ['staff_session', 'audit_entry'] })
    row('api', 'RA-27', 'guesses of a password, and of who works here', async () => {
      const guess = (email: string) => http('POST', '/api/v1/session', { headers: json, body: JSON.stringify({ email, password: `wrong ${canary.word}` }) })
      const [known, unknown] = [await guess(lenaMail), await guess(canary.mail)]
      expect(known.status).toBe(401)
      expect(unknown.body).toBe(known.body)
    })
  })
}
