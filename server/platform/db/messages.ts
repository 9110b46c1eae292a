import pg from 'pg'

const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): string | Buffer | null } }).utils // its types leave it out

const firstBytes = 2048
const code = { parse: 0x50, bind: 0x42, describe: 0x44, execute: 0x45, close: 0x43, sync: 0x53 }
const [ofStatement, ofPortal] = [0x53, 0x50]

/**
 * Messages to PostgreSQL (the extended query protocol) in one piece of memory, so that they leave in one write. Portals have no name.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class Messages {
  length = 0
  private bytes = Buffer.allocUnsafe(firstBytes)

  taken(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  parse(name: string, sql: string): void {
    const start = this.begin(code.parse)
    this.text(name)
    this.text(sql)
    this.int16(0) // the server finds the parameters' types
    this.end(start)
  }

  /** Throws when a value cannot be told as text; what was written of the message is to be cut off then. */
  bind(name: string, values: readonly unknown[]): void {
    const start = this.begin(code.bind)
    this.text('')
    this.text(name)
    this.int16(values.length)
    const formats = this.length
    for (let i = 0; i < values.length; i++) this.int16(0)
    this.int16(values.length)
    for (let i = 0; i < values.length; i++) if (this.value(values[i])) this.bytes[formats + 2 * i + 1] = 1
    this.int16(0) // answers come as text
    this.end(start)
  }

  /** The rows of what was bound. */
  describe(): void {
    const start = this.begin(code.describe)
    this.byte(ofPortal)
    this.text('')
    this.end(start)
  }

  execute(): void {
    const start = this.begin(code.execute)
    this.text('')
    this.int32(0) // all rows
    this.end(start)
  }

  /** Forgets a prepared statement; that there is none is no error. */
  close(name: string): void {
    const start = this.begin(code.close)
    this.byte(ofStatement)
    this.text(name)
    this.end(start)
  }

  sync(): void {
    this.end(this.begin(code.sync))
  }

  private begin(kind: number): number {
    this.byte(kind)
    this.int32(0) // `end` knows
    return this.length - 4
  }

  private end(start: number): void {
    this.bytes.writeInt32BE(this.length - start, start)
  }

  private byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  private int16(value: number): void {
    this.reserve(2)
    this.length = this.bytes.writeUInt16BE(value, this.length)
  }

  private int32(value: number): void {
    this.reserve(4)
    this.length = this.bytes.writeInt32BE(value, this.length)
  }

  private text(value: string): void {
    this.reserve(value.length * 3 + 1) // the most that UTF-8 takes
    if (value !== '') this.length += this.bytes.write(value, this.length)
    this.bytes[this.length++] = 0
  }

  /** Whether it went as bytes, not as text. */
  private value(given: unknown): boolean {
    const value = typeof given === 'string' ? given : prepareValue(given)
    if (value === null) {
      this.int32(-1)
      return false
    }
    if (typeof value !== 'string') {
      this.int32(value.length)
      this.reserve(value.length)
      this.length += value.copy(this.bytes, this.length)
      return true
    }
    this.reserve(value.length * 3 + 4)
    const size = this.bytes.write(value, this.length + 4)
    this.int32(size)
    this.length += size
    return false
  }

  private reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + size))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }
}
