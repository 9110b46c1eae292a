import 'react'

declare module 'react' {
  // Our tokens set from a component, as `--size`.
  interface CSSProperties { [token: `--${string}`]: string | number | undefined }
}
