import type { WebClientOptions } from '@slack/web-api'
import type { HttpClient } from '#server/platform/http-client.ts'

type Fetch = NonNullable<WebClientOptions['fetch']>

/** Slack's Web API client speaking through the hub's one HTTP client. */
export function guardedFetch(http: HttpClient, timeoutMs: number): Fetch {
  return async (url, init) => {
    const request = new Request(url, init as RequestInit)
    const answer = await http.request({
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      ...(request.body === null ? {} : { body: new Uint8Array(await request.arrayBuffer()) }),
      allowedHosts: ['slack.com', '*.slack.com'],
      timeoutMs,
      redirectsMax: 0,
    })
    return new Response(answer.status === 204 || answer.status === 304 ? null : new Uint8Array(answer.body), { status: answer.status, headers: answer.headers })
  }
}
