import { defineConfig } from 'vitest/config'

/** What asks neither the database nor the screens: such files share their processes and what was loaded there. */
const light = [
  'test/domain/**/*.test.ts', 'test/channels/{email,slack,sms,voice,whatsapp}.test.ts', 'test/console/{formats,outbox,timeline-rows}.test.ts', 'test/features/{session-cookie,webchat-site-token}.test.ts',
  'test/guards/{api,i18n,imports}.test.ts', 'test/platform/{config,files,http,http-client,http-openapi,local-timers,logger,rate-limit,secrets}.test.ts', 'test/widget/{i18n,state}.test.ts',
]

export default defineConfig({
  test: {
    environment: 'node',
    setupFiles: ['test/support/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 10_000,
    hookTimeout: 30_000,
    env: { NODE_ENV: 'test' },
    projects: [
      { extends: true, test: { name: 'hub', include: ['test/**/*.test.ts'], exclude: light, globalSetup: ['test/support/global-setup.ts'] } },
      { extends: true, test: { name: 'light', include: light, isolate: false } },
    ],
  },
})
