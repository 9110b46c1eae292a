import { useMemo, useState } from 'react'
import { Button, Loader, useComputedColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import DOMPurify from 'dompurify'
import { conversations as api } from '../api/work.ts'
import { useT } from '../i18n.tsx'
import { problemText } from '../state/act.ts'
import style from './MailFrame.module.css'

/**
 * A mail as it was written. Cleaned by the server, cleaned again here, and shown in a frame that runs no script, sends no form and
 * loads nothing from anywhere until the reader asks for its pictures, which tells the sender that they looked.
 */
export function MailFrame({ messageId }: { messageId: string }) {
  const t = useT()
  const scheme = useComputedColorScheme('light')
  const [showsPictures, setShowsPictures] = useState(false)
  const [heightPx, setHeightPx] = useState(120)
  const mail = useQuery({ queryKey: ['html', messageId], queryFn: () => api.html(messageId), staleTime: Number.POSITIVE_INFINITY })
  const source = useMemo(() => (mail.data ? pageOf(mail.data.html, showsPictures, scheme) : ''), [mail.data, showsPictures, scheme])
  if (mail.isError) return <p>{problemText(t, mail.error)}</p>
  if (!mail.data) return <Loader size="xs" type="dots" aria-label={t('common.loading')} />
  const hasRemote = /<(img|source|td|table|body)[^>]+(src|background|srcset)\s*=\s*["']?https?:/i.test(mail.data.html)
  return (
    <div className={style['mail']}>
      {hasRemote && !showsPictures && <p className={style['bar']}>{t('message.picturesOff')}<Button size="compact-xs" variant="light" onClick={() => setShowsPictures(true)}>{t('message.showPictures')}</Button></p>}
      <iframe
        // allow-same-origin lets us measure its height; without allow-scripts nothing in it can use that.
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" referrerPolicy="no-referrer" title={t('message.mailFrame')} srcDoc={source} className={style['frame']} style={{ height: heightPx }}
        onLoad={(event) => setHeightPx(Math.min(2000, (event.currentTarget.contentDocument?.documentElement.scrollHeight ?? 300) + 4))}
      />
    </div>
  )
}

function pageOf(html: string, showsPictures: boolean, scheme: 'light' | 'dark'): string {
  const clean = DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true }, FORBID_TAGS: ['form', 'input', 'button', 'textarea', 'select', 'iframe', 'object', 'embed', 'base', 'meta', 'link', 'svg', 'math', 'style'],
    ADD_ATTR: ['target'], ALLOW_DATA_ATTR: false,
  })
  const pictures = showsPictures ? "img-src data: https: http: 'self'" : "img-src data: 'self'"
  const colors = scheme === 'dark' ? 'background:#fbfcfb;color:#1f2725;border-radius:8px;padding:12px' : 'background:transparent;color:#1f2725;padding:2px'
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; ${pictures}"><base target="_blank"><style>html{overflow-x:auto}body{margin:0;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere;${colors}}img{max-width:100%;height:auto}blockquote{margin:8px 0;padding-left:12px;border-left:3px solid #d2dad7}</style></head><body>${clean}</body></html>`
}
