import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Threads and processes of offair that tests start compile nothing twice: a third of the CPU of those that start many.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/offair', import.meta.url));

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/setup/temp-folders.ts',
    // Of a hang; a test is allowed to be slow on a machine that has other things to do.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    // Two cores are the machine we promise six minutes on; a third worker uses the time in which tests wait.
    maxWorkers: 3,
    // Modules are loaded once for each worker, not for each file: a third of the CPU. No test may leave anything in them.
    isolate: false,
  },
});
