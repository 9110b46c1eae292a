/**
 * Places where a test lets this process die, as if the power went: `TRIBUTARY_FAULT=inbound.after-receipt` kills it at the
 * first passing, `inbound.after-receipt:3` at the third. Does nothing unless NODE_ENV is `test`.
 */
const [armed, passing = '1'] = process.env['NODE_ENV'] === 'test' ? (process.env['TRIBUTARY_FAULT'] ?? '').split(':') : []
let left = Number(passing)

export function faultPoint(name: string): void {
  if (name === armed && --left === 0) process.kill(process.pid, 'SIGKILL')
}
