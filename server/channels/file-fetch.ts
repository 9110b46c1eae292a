/** The provider answered, but not with the file; 403, 404 and 410 will not change. */
export class FileNotFetched extends Error {
  readonly status: number
  constructor(status: number) {
    super(`the provider answered ${status}`)
    this.name = 'FileNotFetched'
    this.status = status
  }
}
