/** The moment a UUIDv7 was made; null for any other id. */
export function idTime(id: string): Date | null {
  const ms = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
  return id[14] === '7' && Number.isFinite(ms) ? new Date(ms) : null
}
