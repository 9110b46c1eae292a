/** A window outlives neither its session nor its person's last key: events are told without anybody asking who listens still. */
import type { Namespace } from 'socket.io'
import type { Tx } from '../../platform/db.ts'
import type { StaffSession } from '../../platform/http-route.ts'
import { keyWindows } from '../auth/auth.steps.ts'

/** What a window belongs to: ended by this name, on every server process. */
export function sessionRoom(staff: Pick<StaffSession, 'staffId' | 'sessionId'>): string {
  return `session:${staff.sessionId ?? keyWindows(staff.staffId)}`
}

/** Closes the windows of this process whose session or key ran out. Returns how many. */
export async function closeOutlived(namespace: Namespace, db: Pick<Tx, 'query'>, now: Date): Promise<number> {
  const windows = [...namespace.sockets.values()].map((socket) => ({ socket, staff: (socket.data as { staff: StaffSession }).staff })) // set at the handshake
  if (windows.length === 0) return 0
  const sessionIds = windows.flatMap(({ staff }) => staff.sessionId ?? [])
  const staffIds = windows.flatMap(({ staff }) => (staff.sessionId ? [] : staff.staffId))
  const rows = await db.query<{ id: string }>(
    `select id::text as id from staff_session where id = any($1::uuid[]) and expires_at > $3
     union select reference_id::text from api_key where reference_id = any($2::uuid[]) and enabled and (expires_at is null or expires_at > $3)`, [sessionIds, staffIds, now])
  const alive = new Set(rows.map((row) => row.id))
  const outlived = windows.filter(({ staff }) => !alive.has(staff.sessionId ?? staff.staffId))
  for (const { socket } of outlived) socket.disconnect(true)
  return outlived.length
}
