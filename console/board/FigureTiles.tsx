import { UnstyledButton } from '@mantine/core'
import { figureNames, type BoardView, type FigureName } from '#contract/board.ts'
import { useFormats, useT } from '../i18n.tsx'
import { figureText, figureTone, isShare } from './figures.ts'
import { Sparkline } from './Sparkline.tsx'
import { useTrend } from './trend.ts'
import style from './FigureTiles.module.css'

/** The whole site in a dozen numbers. */
export function FigureTiles({ figures, onChoose }: { figures: BoardView['total']; onChoose: (figure: FigureName) => void }) {
  return <div className={style['tiles']}>{figureNames.map((name) => <Tile key={name} name={name} figures={figures} onChoose={onChoose} />)}</div>
}

function Tile({ name, figures, onChoose }: { name: FigureName; figures: BoardView['total']; onChoose: (figure: FigureName) => void }) {
  const t = useT()
  const formats = useFormats()
  const figure = figures[name]
  const trend = useTrend(name, figure.value)
  const value = figureText(formats, name, figure)
  const title = t(`board.figure.${name}`)
  return (
    <UnstyledButton className={style['tile']} onClick={() => onChoose(name)} title={t(`board.definition.${name}`)}>
      <span className={style['title']}>{title}</span>
      <span className={style['value']} data-tone={figureTone(name, figure)}>{value}</span>
      <span className={style['n']}>{t('board.n', { count: figure.n })}</span>
      {isShare(name) && figure.value !== null ? <span className={style['bar']} aria-hidden><span style={{ width: `${Math.min(100, figure.value * 100)}%` }} data-tone={figureTone(name, figure)} /></span> : <Sparkline values={trend} />}
    </UnstyledButton>
  )
}
