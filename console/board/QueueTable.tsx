import { Table, UnstyledButton } from '@mantine/core'
import type { BoardLine, FigureName } from '#contract/board.ts'
import { useFormats, useT } from '../i18n.tsx'
import { ChannelIcon } from '../look/ChannelIcon.tsx'
import type { Chosen } from './BoardScreen.tsx'
import { figureText, figureTone } from './figures.ts'
import style from './QueueTable.module.css'

const columns: readonly FigureName[] = ['waiting', 'longest-wait', 'service-level', 'asa', 'abandonment', 'active', 'at-risk', 'breached', 'handled']

/** Each queue by channel. */
export function QueueTable({ lines, onChoose }: { lines: readonly BoardLine[]; onChoose: (chosen: Chosen) => void }) {
  const t = useT()
  const formats = useFormats()
  const most = Math.max(1, ...lines.map(({ figures }) => figures.waiting?.value ?? 0))
  if (lines.length === 0) return <p className={style['none']}>{t('board.noQueues')}</p>
  return (
    <Table.ScrollContainer minWidth={860}>
      <Table className={style['table']} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('board.queue')}</Table.Th><Table.Th>{t('board.channel')}</Table.Th>
            {columns.map((name) => <Table.Th key={name} className={style['number']} title={t(`board.definition.${name}`)}>{t(`board.figure.${name}`)}</Table.Th>)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line, at) => (
            <Table.Tr key={`${line.queueId} ${line.channel}`}>
              <Table.Td className={style['queue']}>{lines[at - 1]?.queueId === line.queueId ? <span className="visually-hidden">{line.queueName}</span> : line.queueName}</Table.Td>
              <Table.Td><span className={style['channel']}><ChannelIcon channel={line.channel} size={15} />{t(`channel.${line.channel}`)}</span></Table.Td>
              {columns.map((name) => {
                const figure = line.figures[name]
                const value = figureText(formats, name, figure)
                return (
                  <Table.Td key={name} className={style['number']}>
                    {figure === undefined ? <span className={style['none']}>–</span> : (
                      <UnstyledButton
                        className={style['value']} data-tone={figureTone(name, figure)} onClick={() => onChoose({ figure: name, queueId: line.queueId, queueName: line.queueName, channel: line.channel })}
                        aria-label={t('board.cellLabel', { figure: t(`board.figure.${name}`), value, queue: line.queueName, channel: t(`channel.${line.channel}`) })}
                      >
                        {name === 'waiting' && <span className={style['bar']} style={{ width: `${((figure.value ?? 0) / most) * 34}px` }} aria-hidden />}
                        {value}
                      </UnstyledButton>
                    )}
                  </Table.Td>
                )
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
