import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extendWork, type WorkSign, type WorkStretch } from '#server/domain/work-intervals.ts'

const start = new Date('2026-11-10T10:00:00Z')
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000)
const sign = (seconds: number, over: Partial<WorkSign> = {}): WorkSign => ({ assignmentId: 'a1', lastInputAt: at(seconds), at: at(seconds), ...over })
const last: WorkStretch = { assignmentId: 'a1', startedAt: at(0), endedAt: at(10) }

describe('worked time', () => {
  it('begins with the contact in front and grows with every sign', () => {
    expect(extendWork(null, sign(0))).toEqual({ do: 'begin', stretch: { assignmentId: 'a1', startedAt: at(0), endedAt: at(0) } })
    expect(extendWork(last, sign(20))).toEqual({ do: 'extend', endedAt: at(20) })
  })
  it('ends 60 s after the last input', () => {
    expect(extendWork(last, sign(69, { lastInputAt: at(5) }))).toEqual({ do: 'extend', endedAt: at(65) })
    expect(extendWork({ ...last, endedAt: at(65) }, sign(75, { lastInputAt: at(5) }))).toEqual({ do: 'nothing', reason: 'no-input' })
  })
  it('counts one contact at a time', () => expect(extendWork(last, sign(20, { assignmentId: 'a2' }))).toMatchObject({ do: 'begin', stretch: { assignmentId: 'a2', startedAt: at(20) } }))
  it('leaves a gap where signs were lost', () => expect(extendWork(last, sign(300))).toMatchObject({ do: 'begin', stretch: { startedAt: at(300) } }))
  it('counts nothing without a contact in front, and nothing twice', () => {
    expect(extendWork(last, sign(20, { assignmentId: null }))).toEqual({ do: 'nothing', reason: 'no-contact' })
    expect(extendWork(last, sign(9))).toEqual({ do: 'nothing', reason: 'out-of-order' })
  })
  it('never overlaps, whatever comes in whatever order', () => fc.assert(fc.property(fc.array(fc.record({ second: fc.nat(600), idle: fc.nat(120), assignmentId: fc.constantFrom('a1', 'a2', null) }), { maxLength: 40 }), (signs) => {
    const stretches: WorkStretch[] = []
    for (const { second, idle, assignmentId } of signs) {
      const change = extendWork(stretches.at(-1) ?? null, { assignmentId, at: at(second), lastInputAt: at(second - idle) })
      if (change.do === 'begin') stretches.push(change.stretch)
      if (change.do === 'extend') stretches[stretches.length - 1] = { ...stretches.at(-1)!, endedAt: change.endedAt }
    }
    for (const [index, stretch] of stretches.entries()) {
      expect(stretch.endedAt >= stretch.startedAt).toBe(true)
      if (index > 0) expect(stretch.startedAt >= stretches[index - 1]!.endedAt).toBe(true)
    }
  })))
})
