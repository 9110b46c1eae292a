import { useMemo, useState } from 'react'
import { Button, Loader, useComputedColorScheme } from '@mantine/core'
import { useQueries, useQuery } from '@tanstack/react-query'
import type { AttachmentView, MessageView } from '#contract/views.ts'
import { conversations as api, files } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { problemText } from '../state/act.ts'
import { mailPageOf } from './mail-page.ts'
import style from './MailFrame.module.css'

/**
 * A mail as it was written. Cleaned by the server, cleaned again here, and shown in a frame that runs no script, sends no form and
 * loads nothing from the internet until the reader asks for its pictures, which tells the sender that they looked.
 */
export function MailFrame({ message }: { message: MessageView }) {
  const t = useT()
  const scheme = useComputedColorScheme('light')
  const [showsRemote, setShowsRemote] = useState(false)
  const [heightPx, setHeightPx] = useState(120)
  const mail = useQuery({ queryKey: ['html', message.id], queryFn: () => api.html(message.id), staleTime: Number.POSITIVE_INFINITY })
  const html = mail.data?.html
  const page = useMemo(() => (html === undefined ? null : mailPageOf(html)), [html])
  const pictures = usePictures(message.attachments, page?.places ?? [])
  const source = useMemo(() => page?.render({ pictures, showsRemote, scheme }), [page, pictures, showsRemote, scheme])
  if (mail.isError) return <p>{problemText(t, mail.error)}</p>
  if (!page) return <Loader size="xs" type="dots" aria-label={t('common.loading')} />
  return (
    <div className={style['mail']}>
      {page.hasRemote && !showsRemote && <p className={style['bar']}>{t('message.picturesOff')}<Button size="compact-xs" variant="light" onClick={() => setShowsRemote(true)}>{t('message.showPictures')}</Button></p>}
      <iframe
        // allow-same-origin lets us measure its height; without allow-scripts nothing in it can use that.
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" referrerPolicy="no-referrer" title={t('message.mailFrame')} srcDoc={source} className={style['frame']} style={{ height: heightPx }}
        onLoad={(event) => setHeightPx(Math.min(2000, (event.currentTarget.contentDocument?.body.scrollHeight ?? 300) + 12))}
      />
    </div>
  )
}

/** Addresses of the mail's own pictures, by their place; good for as long as links are. */
function usePictures(attachments: readonly AttachmentView[], places: readonly number[]): ReadonlyMap<number, string> {
  const shown = places.flatMap((place) => {
    const attachment = attachments[place]
    return attachment?.state === 'stored' && attachment.inline ? [{ place, id: attachment.id }] : []
  })
  const links = useQueries({ queries: shown.map(({ id }) => ({ queryKey: ['file', id], queryFn: () => files.link(id), staleTime: 4 * 60_000 })) })
  const urls = links.map(({ data }) => data?.url ?? '').join(' ')
  // One text, so that the frame is written anew only when an address changed.
  return useMemo(() => new Map(urls.split(' ').flatMap((url, at) => (url === '' || !shown[at] ? [] : [[shown[at].place, url] as const]))), [urls])
}
