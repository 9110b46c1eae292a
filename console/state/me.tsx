import { createContext, useContext, type ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { Role } from '#contract/words.ts'
import type { Me } from '#contract/api/auth.ts'
import { ApiProblem } from '../api/http.ts'
import { me as account } from '../api/work.ts'
import { mayBeSignedIn, rememberSession } from './session-hint.ts'

const MeContext = createContext<Me | null>(null)

/** Who is signed in; refuses to be used outside the signed-in part. */
export function useMe(): Me {
  const held = useContext(MeContext)
  if (!held) throw new Error('useMe outside of the signed-in part')
  return held
}

export function MeProvider({ me, children }: { me: Me; children: ReactNode }) {
  return <MeContext.Provider value={me}>{children}</MeContext.Provider>
}

export const meKey = ['me'] as const

export function useSession() {
  return useQuery({ queryKey: meKey, queryFn: readMe, retry: false, staleTime: Number.POSITIVE_INFINITY })
}

async function readMe(): Promise<Me> {
  if (!mayBeSignedIn()) throw new ApiProblem({ status: 401, code: 'unauthorized' })
  try {
    return await account.read()
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) rememberSession(false)
    throw error
  }
}

export function isAtLeast(role: Role, least: Role): boolean {
  const rank: Record<Role, number> = { agent: 0, supervisor: 1, admin: 2 }
  return rank[role] >= rank[least]
}
