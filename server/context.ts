/**
 * What the hub is wired from. Features name the parts they use: `Pick<Context, 'db' | 'clock'>`.
 */
import type { Channel } from '#contract/words.ts'
import type { PrismaClient } from '#generated/prisma/client.ts'
import type { ChannelAdapter } from './channels/channel.ts'
import type { ChannelTools, ParseReceipt } from './channels/parse.ts'
import type { Clock } from './platform/clock.ts'
import type { Config } from './platform/config.ts'
import type { Db } from './platform/db.ts'
import type { FileStore } from './platform/files.ts'
import type { HttpClient } from './platform/http-client.ts'
import type { Jobs } from './platform/jobs.ts'
import type { Logger } from './platform/logger.ts'
import type { Relay } from './platform/relay/relay.ts'
import type { Realtime } from './platform/realtime/realtime.ts'
import type { Secrets } from './platform/secrets.ts'

export interface Channels {
  adapters: Record<Channel, ChannelAdapter>
  parsers: Record<Channel, ParseReceipt>
  tools: ChannelTools
}

export interface Context {
  config: Config
  clock: Clock
  db: Db
  prisma: PrismaClient
  jobs: Jobs
  relay: Relay
  realtime: Realtime
  files: FileStore
  http: HttpClient
  logger: Logger
  secrets: Secrets
  channels: Channels
}
