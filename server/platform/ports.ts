import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'

/** Ports chosen in this process and perhaps not bound yet: two parts that ask at once get two numbers. */
const handedOut = new Map<number, string>()

/**
 * A free port on 127.0.0.1 for a part of the hub that has no fixed one: the same as last time if it is still free, else a
 * new one, kept in `DATA_DIR/ports.json`.
 */
export async function rememberedPort(dataDir: string, name: string): Promise<number> {
  const file = path.join(dataDir, 'ports.json')
  const owner = `${file} ${name}`
  const remembered = readPorts(file)[name]
  const kept = remembered !== undefined && (handedOut.get(remembered) ?? owner) === owner ? await bindable(remembered) : undefined
  const port = kept ?? (await freePort())
  handedOut.set(port, owner)
  setTimeout(() => handedOut.delete(port), 2000).unref()
  if (port !== remembered) {
    mkdirSync(dataDir, { recursive: true, mode: 0o711 })
    const next = `${file}.${process.pid}`
    writeFileSync(next, `${JSON.stringify({ ...readPorts(file), [name]: port }, null, 2)}\n`)
    renameSync(next, file)
  }
  return port
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = await bindable(0)
    if (port !== undefined && !handedOut.has(port)) return port
  }
}

/** The port that was bound (and let go again), or `undefined` when it is taken. */
async function bindable(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}

function readPorts(file: string): Record<string, number> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof parsed !== 'object' || parsed === null) return {}
    return Object.fromEntries(Object.entries(parsed).filter((entry): entry is [string, number] => Number.isInteger(entry[1])))
  } catch {
    return {} // missing or damaged: choose anew
  }
}
