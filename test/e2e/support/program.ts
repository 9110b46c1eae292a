/** The program as `npm start` runs it, in a process of its own, on a database of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { password, staff, type Person } from '#prisma/seed.ts'
import { Customers } from '#simulator/client.ts'
import { createTestDatabase } from '../../support/database.ts'
import { freePort } from '../../support/port.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const startMsMax = 60_000

export interface Program {
  url: string
  smtpPort: number
  dataDir: string
  /** What it wrote so far: its one page of text, and its log. */
  output(): string
  /** The customers of the shown company; only with the stand-ins. */
  customers(): Customers
  stop(): Promise<void>
}

type Environment = Record<string, string>

/** Ready when its start page is printed. `environment` may depend on where it will listen. */
export async function startProgram(environment: (at: { url: string; smtpPort: number }) => Environment | Promise<Environment> = () => ({})): Promise<Program> {
  const dataDir = mkdtempSync(join(tmpdir(), 'program-'))
  const database = await createTestDatabase({ max: 1 })
  const [port, smtpPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  const env = await environment({ url, smtpPort })
  const child = spawn(process.execPath, ['--no-warnings', 'server/main.ts'], {
    cwd: root, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: '', DEMO_HISTORY: '0', DATA_DIR: dataDir, PORT: String(port), SMTP_PORT: String(smtpPort), DATABASE_URL: database.url, REDIS_URL: '', LOG_LEVEL: 'warn', ...env },
  })
  let output = ''
  const ended = new Promise<void>((resolve) => { child.once('exit', () => resolve()) })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await database.drop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    await ready(child, (text) => { output += text; return output })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url, smtpPort, dataDir, stop, output: () => output,
    customers: () => new Customers((JSON.parse(readFileSync(join(dataDir, 'simulator.json'), 'utf8')) as { pageUrl: string }).pageUrl),
  }
}

function ready(child: ChildProcess, take: (text: string) => string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    const limit = setTimeout(() => reject(new Error(`not started within ${startMsMax} ms: ${output}`)), startMsMax)
    const hear = (chunk: Buffer): void => {
      output = take(chunk.toString())
      if (!output.includes('Ctrl-C stops everything.')) return
      clearTimeout(limit)
      resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('exit', (code) => { clearTimeout(limit); reject(new Error(`ended with ${code}: ${output}`)) })
  })
}

/** Error lines of the program's log. */
export function errorsIn(output: string): string[] {
  return output.split('\n').filter((line) => /^\{"level":"(error|fatal)"/.test(line))
}

export function credentialsOf(first: 'lena' | 'sam' | 'jonas' | 'wei' | 'robin' | 'priya'): Person & { password: string } {
  const person = staff.find(({ email }) => email.startsWith(`${first}@`))
  if (!person) throw new Error(`${first} is not of the company`)
  return { ...person, password }
}
