/**
 * Whether this browser may hold a session. The cookie itself is out of a script's sight, and asking the server without one is
 * answered with 401, which browsers write down as an error. Only a hint: the server decides.
 */
const key = 'tributary.session'

export function mayBeSignedIn(): boolean {
  try {
    return localStorage.getItem(key) !== null
  } catch {
    // Storage is forbidden: then the server is asked.
    return true
  }
}

export function rememberSession(isSignedIn: boolean): void {
  try {
    if (isSignedIn) localStorage.setItem(key, '1')
    else localStorage.removeItem(key)
  } catch {
    // As above.
  }
}
