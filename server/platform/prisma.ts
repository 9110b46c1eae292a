import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import { PrismaClient } from '#generated/prisma/client.ts'

/**
 * Prisma's client on a small pool of its own, for what speaks Prisma (sign-in). It never takes part in a transaction that
 * appends events. Import this file lazily: the client costs start time and memory.
 */
export function createPrisma(databaseUrl: string, max = 3): { prisma: PrismaClient; close(): Promise<void> } {
  const pool = new Pool({ connectionString: databaseUrl, max, application_name: 'tributary-prisma', connectionTimeoutMillis: 2000, statement_timeout: 15_000 })
  // A connection that breaks while idle is replaced on next use.
  pool.on('error', () => {})
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    prisma,
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
