import { useEffect } from 'react'
import { Kbd, Modal } from '@mantine/core'
import { useT, type TextKey } from '../i18n.tsx'
import { createStore, useStore } from '../state/store.ts'
import { onKey } from '../state/keys.ts'
import style from './ShortcutHelp.module.css'

const shown = createStore(false)
const self = (value: boolean): boolean => value

export function showShortcuts(): void {
  shown.set(() => true)
}

const shortcuts: readonly [keys: readonly string[], text: TextKey][] = [
  [['j'], 'shortcuts.next'], [['k'], 'shortcuts.previous'], [['/'], 'shortcuts.search'], [['a'], 'shortcuts.accept'], [['r'], 'shortcuts.reply'], [['n'], 'shortcuts.note'],
  [['t'], 'shortcuts.transfer'], [['e'], 'shortcuts.close'], [['s'], 'shortcuts.snooze'], [['Ctrl', 'Enter'], 'shortcuts.send'], [['Esc'], 'shortcuts.leave'], [['?'], 'shortcuts.help'],
]

export function ShortcutHelp() {
  const t = useT()
  const isShown = useStore(shown, self)
  useEffect(() => onKey('?', showShortcuts), [])
  return (
    <Modal opened={isShown} onClose={() => shown.set(() => false)} title={t('shortcuts.title')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <dl className={style['list']}>
        {shortcuts.map(([keys, text]) => (
          <div key={text} className={style['row']}>
            <dt>{t(text)}</dt>
            <dd>{keys.map((key) => <Kbd key={key}>{key}</Kbd>)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
