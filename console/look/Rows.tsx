import type { ReactNode } from 'react'
import { Table, type TableProps } from '@mantine/core'
import style from './Rows.module.css'

/** A table that is a list of cards on a phone. Cells name their column there by `data-label`, or all by `columns`; `dense`: three beside each other, for numbers. */
export function Rows({ minWidth, dense = false, columns = [], children, ...table }: { minWidth: number; dense?: boolean; columns?: readonly string[]; children: ReactNode } & Pick<TableProps, 'fz' | 'verticalSpacing' | 'highlightOnHover' | 'aria-label' | 'mb'>) {
  return (
    <Table.ScrollContainer minWidth={minWidth} className={style['container'] ?? ''}>
      <Table {...table} className={style['rows'] ?? ''} data-dense={dense || undefined} __vars={Object.fromEntries(columns.map((column, at) => [`--column-${at + 1}`, JSON.stringify(column)]))}>{children}</Table>
    </Table.ScrollContainer>
  )
}
