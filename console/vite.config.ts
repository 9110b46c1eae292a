import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: '/',
  plugins: [react()],
  resolve: { alias: { '#contract': here('../contract') } },
  build: {
    outDir: here('../dist/console'),
    emptyOutDir: true,
    reportCompressedSize: false,
    target: 'es2023',
    // Our pages' CSP allows no data: scripts or styles, and small files are cheap over one connection.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
})
