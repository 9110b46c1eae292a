import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Customers } from './client.ts'
import { listen } from './listening.ts'
import { startDns } from './mailbox/dns.ts'
import { startSink } from './mailbox/sink.ts'
import type { SimulatorOptions } from './options.ts'
import { pageServer } from './page-server.ts'
import { slackApi } from './slack/web-api.ts'
import { twilioApi } from './twilio/rest.ts'
import { createWorld } from './world.ts'

export type { SimulatorOptions } from './options.ts'

export type RunningSimulator = {
  /** For `TWILIO_API_URL`. */
  twilioUrl: string
  /** For `SLACK_API_URL`, with the trailing `/api/`. */
  slackUrl: string
  /** For `SMTP_URL`: takes every mail the hub sends. */
  smtpUrl: string
  /** For `dns.Resolver.setServers`. */
  dnsServer: string
  pageUrl: string
  customers: Customers
  stop: () => Promise<void>
}

/** Starts the stand-ins for Twilio, Slack, the customers' mail servers and their DNS, and the page. Each is a server of its own. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const host = options.host ?? '127.0.0.1'
  const ports = options.ports ?? {}
  const addresses = { twilio: '', slack: '' }
  const world = createWorld(options, addresses)
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    world.voice.hangUpAll()
    await Promise.all(stops.map((each) => each()))
  }
  try {
    const twilio = await listen(twilioApi({ account: world.account, messaging: world.messaging, voice: world.voice, credentials: options.twilio }), host, ports.twilio ?? 0)
    stops.push(twilio.stop)
    addresses.twilio = twilio.url
    const slack = await listen(slackApi({ workspace: world.workspace, events: world.slackEvents, files: world.files, faults: world.faults, botToken: options.slack.botToken, apiUrl: () => addresses.slack }), host, ports.slack ?? 0)
    stops.push(slack.stop)
    addresses.slack = slack.url
    const sink = await startSink(host, ports.mail ?? 0, world.faults, (mail) => world.postOffice.receive(mail))
    stops.push(sink.stop)
    const dns = await startDns(world.keys, host, ports.dns ?? 0)
    stops.push(dns.stop)
    const page = await listen(pageServer(world, options), host, ports.page ?? 0)
    stops.push(page.stop)
    if (options.dataDir !== undefined) await writeAddress(options.dataDir, page.url)
    return { twilioUrl: twilio.url, slackUrl: `${slack.url}/api/`, smtpUrl: sink.url, dnsServer: dns.address, pageUrl: page.url, customers: new Customers(page.url), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The one file the simulator writes: where the command line finds it. */
async function writeAddress(dataDir: string, pageUrl: string): Promise<void> {
  await mkdir(dataDir, { recursive: true })
  await writeFile(join(dataDir, 'simulator.json'), JSON.stringify({ pageUrl, pid: process.pid }))
}
