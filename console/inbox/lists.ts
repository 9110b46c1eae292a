import type { ListName } from '#contract/staff-socket.ts'

export const listNames: readonly ListName[] = ['offered', 'mine', 'waiting', 'all', 'closed']

export function isListName(name: string): name is ListName {
  return (listNames as readonly string[]).includes(name)
}
