/** `npm run soak -- --minutes 30 --seed 1`: a studio of 50 plugs with everything that can go wrong, again and again. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes >= 1 && minutes <= 10_000) || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run soak -- [--minutes 30] [--seed 1]; minutes from 1 to 10000, the seed a whole number');
  process.exit(2);
}
const env = { ...process.env, OFFAIR_SOAK_MINUTES: String(minutes), OFFAIR_SOAK_SEED: String(seed) };
const { status } = spawnSync('vitest', ['run', 'tests/soak', '--disable-console-intercept'], { stdio: 'inherit', env });
process.exit(status ?? 1);
