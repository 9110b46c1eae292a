import type { ComponentType } from 'react'
import type { ContactView } from '#contract/views.ts'
import { AssignDialog } from './AssignDialog.tsx'
import { ConsultDialog } from './ConsultDialog.tsx'
import { NeedsDialog } from './NeedsDialog.tsx'
import { SecondMatterDialog } from './SecondMatterDialog.tsx'
import { TransferDialog } from './TransferDialog.tsx'

/** The dialogs that move work; one is open at a time. */
export const movingDialogs = { transfer: TransferDialog, consult: ConsultDialog, assign: AssignDialog, needs: NeedsDialog, followUp: SecondMatterDialog } as const satisfies Record<string, ComponentType<{ contact: ContactView; onClose: () => void }>>
export type MovingDialog = keyof typeof movingDialogs
