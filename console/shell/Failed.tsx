import { Button } from '@mantine/core'
import { IconCloudOff, IconMapQuestion } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useT } from '../i18n.tsx'
import { Empty } from '../look/Empty.tsx'

export function NotFound() {
  const t = useT()
  return <Empty icon={IconMapQuestion} title={t('failed.notFound')}><Link to="/">{t('failed.home')}</Link></Empty>
}

/** A screen that broke: the person can go on, the error itself is in the browser's console. */
export function ScreenFailed() {
  const t = useT()
  return (
    <Empty icon={IconCloudOff} title={t('failed.title')}>
      <p>{t('failed.text')}</p>
      <Button onClick={() => location.reload()}>{t('failed.reload')}</Button>
    </Empty>
  )
}
