/**
 * What stands before everything one hub keeps in Redis: the database's name. Two installations, or two tests, may share a Redis
 * and neither takes the other's jobs nor tells the other's screens.
 */
export function installationOf(databaseUrl: string): string {
  return `tributary${new URL(databaseUrl).pathname.replaceAll(/[^\w]+/g, '-')}`
}
