import { useMemo } from 'react'
import { encodeQR } from 'qr'

/** A text as a picture that a phone's camera reads: dark on white in every theme, or cameras would not. */
export function QrCode({ text, label, sizePx = 184 }: { text: string; label: string; sizePx?: number }) {
  const { side, path } = useMemo(() => {
    const rows = encodeQR(text, 'raw', { border: 2, ecc: 'medium' })
    return { side: rows.length, path: rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('') }
  }, [text])
  return (
    <svg role="img" aria-label={label} width={sizePx} height={sizePx} viewBox={`0 0 ${side} ${side}`} shapeRendering="crispEdges" style={{ borderRadius: 8, border: '1px solid var(--line)' }}>
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
