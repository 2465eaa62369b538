#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

/**
 * What the runtime is told, for a small machine. V8's own young generation of 16 MB and the C library's memory pools, eight
 * for each core, cost some 50 MB together and gain nothing that was measured.
 */
const FLAGS = ['--max-semi-space-size=2'];
const MALLOC_POOLS = '2';
/**
 * What is larger is the system's own memory, given back when it is free (mallopt(3)). By default the C library raises that
 * limit to 32 MB by itself, and what SQLite, zlib and the network needed once stays: hours of it are tens of MB.
 */
const MALLOC_OWN_PAGES_BYTES = '131072';
/** Where compiled modules are kept: a later start parses nothing, and loads them with half the CPU and 36 MB less. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/offair', import.meta.url));

/**
 * The `offair` command. Node takes such settings only at its start, so this begins anew with them, as the same process: its
 * number, signals and streams stay. Where that can't be done, or the cache not be written, offair runs without.
 */
if (process.execve && !FLAGS.every((flag) => process.execArgv.includes(flag))) {
  const program = fileURLToPath(import.meta.url);
  const args = [...FLAGS, ...process.execArgv, program, ...process.argv.slice(2)];
  process.execve(process.execPath, [process.execPath, ...args], {
    MALLOC_ARENA_MAX: MALLOC_POOLS,
    MALLOC_MMAP_THRESHOLD_: MALLOC_OWN_PAGES_BYTES,
    MALLOC_TRIM_THRESHOLD_: MALLOC_OWN_PAGES_BYTES,
    // systemd names a folder for caches.
    NODE_COMPILE_CACHE: process.env.CACHE_DIRECTORY ?? CACHE,
    ...process.env,
  });
}
await import('./cli.ts');
