/** Streams that join. Decoration: the product's name stands in the page's title. */
export function Logo({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="9" fill="#2f6f6a" />
      <path d="M9 7c0 7 7 6 7 13M23 7c0 7-7 6-7 13M16 7v18" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  )
}
