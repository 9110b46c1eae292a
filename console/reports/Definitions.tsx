import { keyFor, useT } from '../i18n.tsx'
import { Panel } from '../look/Page.tsx'
import style from './reports.module.css'

/** What each figure of the report is, in the reader's language; by name as the server gives them. */
export function Definitions({ names }: { names: readonly string[] }) {
  const t = useT()
  return (
    <Panel title={t('reports.definitions')}>
      <ul className={style['definitions']}>{names.map((name) => <li key={name}>{t(keyFor('reports.definition', name, 'reports.definition.other'))}</li>)}</ul>
    </Panel>
  )
}
