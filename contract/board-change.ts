/**
 * The board is told as what changed since it was last told: of the figures of a busy minute only digits move, and fifty screens look on.
 * Its cells stand in one order for as long as it has the same lines and people; otherwise it is told whole.
 */
import { figureNames, type BoardView, type Figure, type FigureName } from './board.ts'

type Cell = string | number | boolean | null

/** A board with its number among those told by one server process. */
export interface NumberedBoard {
  number: number
  board: BoardView
}

/** The next board: whole, or as `cells` of the one before: how many places further on, and what stands there now. */
export type BoardChange = NumberedBoard | { number: number; at: string; cells: Cell[] }

/** For a value that is its own number of cases, as in what is merely counted: the two change as one. A figure a line has not is two nulls. */
const sameAsN = '='

export function boardChange(before: NumberedBoard | null, board: BoardView): BoardChange {
  const number = (before?.number ?? 0) + 1
  if (before === null || shapeOf(before.board) !== shapeOf(board)) return { number, board }
  const held = cellsOf(before.board)
  const cells: Cell[] = []
  let place = 0
  for (const [i, cell] of cellsOf(board).entries()) {
    if (cell === held[i]) continue
    cells.push(i - place, cell)
    place = i
  }
  return { number, at: board.at, cells }
}

/** The board after a change; null when one before it was missed, and the whole must be asked for. */
export function applyBoardChange(held: NumberedBoard | null, change: BoardChange): NumberedBoard | null {
  if ('board' in change) return change
  if (held === null || change.number > held.number + 1) return null
  if (change.number <= held.number) return held
  const cells = cellsOf(held.board)
  let place = 0
  for (let i = 0; i < change.cells.length; i += 2) {
    place += Number(change.cells[i])
    cells[place] = change.cells[i + 1] ?? null
  }
  return { number: change.number, board: withCells({ ...held.board, at: change.at }, cells) }
}

/** All that stands still while figures move. */
function shapeOf({ since, lines, agents }: BoardView): string {
  return JSON.stringify([since, lines.map(({ queueId, queueName, channel }) => [queueId, queueName, channel]), agents.map(({ id, name }) => [id, name])])
}

/** All of an agent but who it is: what were left out here would stand still on every screen. */
const agentCells = Object.keys({
  presence: true, reason: true, since: true, load: true, contacts: true, isHelping: true, liveUsed: true, deferredUsed: true,
} satisfies Record<AgentCell, true>) as AgentCell[]
type AgentCell = Exclude<keyof BoardView['agents'][number], 'id' | 'name'>

function cellsOf({ total, lines, agents }: BoardView): Cell[] {
  const cells: Cell[] = []
  for (const figures of [total, ...lines.map((line) => line.figures)]) {
    for (const name of figureNames) {
      const figure = figures[name]
      cells.push(figure?.n ?? null, figure && figure.value === figure.n ? sameAsN : (figure?.value ?? null))
    }
  }
  for (const agent of agents) for (const name of agentCells) cells.push(agent[name])
  return cells
}

function withCells(board: BoardView, cells: readonly Cell[]): BoardView {
  const next = cells.values()
  const take = (): Cell => next.next().value ?? null
  const figures = (): Partial<Record<FigureName, Figure>> => Object.fromEntries(figureNames.flatMap((name) => {
    const [n, value] = [take(), take()]
    return typeof n === 'number' ? [[name, { value: value === sameAsN ? n : value, n }]] : []
  }))
  return {
    ...board,
    total: figures() as BoardView['total'], // of which all were there
    lines: board.lines.map((line) => ({ ...line, figures: figures() })),
    agents: board.agents.map(({ id, name }) => ({ id, name, ...(Object.fromEntries(agentCells.map((cell) => [cell, take()])) as Pick<BoardView['agents'][number], (typeof agentCells)[number]>) })), // written by `cellsOf` of the same type
  }
}
