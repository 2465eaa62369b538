import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores are the machine we promise six minutes on; a third worker uses the time in which tests wait.
    maxWorkers: 3,
    // Modules are loaded once for each worker, not for each file: a third of the CPU. No test may leave anything in them.
    isolate: false,
  },
});
