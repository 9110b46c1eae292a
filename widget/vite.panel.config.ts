import { defineConfig } from 'vite'
import { ownKeysOnly } from './own-keys.ts'

/** What the loader fetches on the first click: the conversation with Preact and the socket client, one module. */
export default defineConfig({
  publicDir: false,
  logLevel: 'warn',
  plugins: [ownKeysOnly()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    // After the loader: its files must stay. White space of a library is kept unless minifying is asked for.
    outDir: 'dist/widget', emptyOutDir: false, reportCompressedSize: false, target: 'es2022', minify: 'oxc',
    lib: { entry: 'widget/panel.tsx', formats: ['es'], fileName: () => 'widget-panel.js' },
    rolldownOptions: { output: { minify: true } },
  },
})
