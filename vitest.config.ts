import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src-*/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
    // Real PTYs, sockets and SQLite files: forks give each file its own process, so a native crash names its file.
    pool: 'forks',
    // Most of the time goes into waiting for other processes, so every core may have a file at work.
    maxWorkers: '100%',
    // Style sheets are replaced by nothing, but for the one whose colours a test reads.
    css: { include: /tokens\.css/ },
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
