/** A set of agents by their number in a line, as bits: hundreds of agents are intersected in a few machine words. */
export class AgentSet {
  words = new Int32Array(4)

  has(index: number): boolean {
    return ((this.words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0
  }

  put(index: number, isIn: boolean): void {
    const word = index >>> 5
    if (word >= this.words.length) {
      if (!isIn) return
      const grown = new Int32Array(Math.max(word + 1, this.words.length * 2))
      grown.set(this.words)
      this.words = grown
    }
    if (isIn) this.words[word]! |= 1 << (index & 31)
    else this.words[word]! &= ~(1 << (index & 31))
  }
}

export function intersects(a: AgentSet, b: AgentSet): boolean {
  const length = Math.min(a.words.length, b.words.length)
  for (let word = 0; word < length; word++) if ((a.words[word]! & b.words[word]!) !== 0) return true
  return false
}

/** Those in both, in ascending number, written to `into`; returns how many. */
export function intersection(a: AgentSet, b: AgentSet, into: number[]): number {
  const length = Math.min(a.words.length, b.words.length)
  let count = 0
  for (let word = 0; word < length; word++) {
    let bits = a.words[word]! & b.words[word]!
    while (bits !== 0) {
      into[count++] = (word << 5) + 31 - Math.clz32(bits & -bits)
      bits &= bits - 1
    }
  }
  return count
}
