const width = 120
const height = 18

/** How a number went since the board was opened. Decoration: the number itself is beside it. */
export function Sparkline({ values }: { values: readonly number[] }) {
  if (values.length < 2) return <svg width={width} height={height} aria-hidden />
  const top = Math.max(...values)
  const low = Math.min(...values)
  const points = values.map((value, at) => `${((at / (values.length - 1)) * width).toFixed(1)},${(height - 2 - ((value - low) / (top - low || 1)) * (height - 4)).toFixed(1)}`)
  return (
    <svg width="100%" height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden>
      <polyline points={points.join(' ')} fill="none" stroke="var(--accent)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
    </svg>
  )
}
