import { resolve } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/** Native modules stay outside the bundle; everything else is bundled, so that start-up reads few files. */
const native = ['better-sqlite3', 'node-pty', 'keytar', '@node-rs/argon2', 'electron'];

export default defineConfig({
  main: {
    build: {
      externalizeDeps: false,
      outDir: 'out/main',
      // Less to read and parse at each start.
      minify: true,
      sourcemap: false,
      rollupOptions: {
        input: {
          electron: resolve('src-main/doors/electron/main.ts'),
          cli: resolve('src-main/doors/cli/main.ts'),
          'pty-host': resolve('src-main/pty-host/main.ts'),
          'ledger-writer': resolve('src-main/core/ledger/writer.ts'),
          'ledger-reader': resolve('src-main/core/ledger/reader.ts'),
        },
        external: native,
        // CommonJS: an ES module main would be loaded after `ready`, too late to register the app:// scheme.
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      outDir: 'out/preload',
      rollupOptions: {
        input: { index: resolve('src-preload/index.ts') },
        external: ['electron'],
        // A sandboxed preload must be one CommonJS file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    plugins: [react(), tailwindcss()],
    build: {
      outDir: 'out/renderer',
      minify: true,
      // The page's policy allows fonts from files only, not from data: addresses.
      assetsInlineLimit: 0,
      rollupOptions: { input: { index: resolve('src-renderer/index.html') } },
    },
  },
});
