import type { KeptFile } from './kept.ts'

/** Sends one file, telling how far it is (0 to 1). XMLHttpRequest, because fetch tells nothing of an upload's progress. */
export function uploadFile(url: string, ticket: string, file: File, onProgress: (share: number) => void): { done: Promise<KeptFile>; cancel(): void } {
  const request = new XMLHttpRequest()
  const done = new Promise<KeptFile>((resolve, reject) => {
    request.open('POST', url)
    request.setRequestHeader('Authorization', `Visitor ${ticket}`)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.setRequestHeader('X-File-Name', encodeURIComponent(file.name.toWellFormed()))
    request.timeout = 120_000
    request.upload.addEventListener('progress', (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0))
    request.addEventListener('load', () => {
      if (request.status !== 201) return reject(new Error(`upload answered ${request.status}`))
      resolve(JSON.parse(request.responseText) as KeptFile) // our own door's answer
    })
    for (const name of ['error', 'timeout', 'abort']) request.addEventListener(name, () => reject(new Error('upload failed')))
    request.send(file)
  })
  return { done, cancel: () => request.abort() }
}
