import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores are the machine we promise six minutes on.
    maxWorkers: 2,
    reporters: process.env.CI ? ['default'] : ['default'],
  },
});
