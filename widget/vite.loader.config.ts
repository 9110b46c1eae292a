import { defineConfig } from 'vite'

/** The one script a website embeds: a classic script, so that it runs under any page's rules for modules. */
export default defineConfig({
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: 'dist/widget', emptyOutDir: true, reportCompressedSize: false, target: 'es2022', minify: 'oxc',
    lib: { entry: 'widget/loader.ts', formats: ['iife'], name: 'tributaryWidget', fileName: () => 'widget.js' },
  },
})
