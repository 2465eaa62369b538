/**
 * The same faults in two sizes: `npm test` has a few seconds for them, `npm run test:faults` the minutes that the promised
 * numbers take (200 kills, 1,000 torn logs, a day without InfluxDB at a hundred plugs).
 */
const thorough = process.env.OFFAIR_FAULTS === 'all';

export function sized<Size>(sizes: { quick: Size; thorough: Size }): Size {
  return thorough ? sizes.thorough : sizes.quick;
}
