/** A number that is not known exactly. */
export interface Estimate {
  low: number;
  central: number;
  high: number;
}

/** With the limits that all parameters together could push it to: possible, but not likely. */
export interface BoundedEstimate extends Estimate {
  lowest: number;
  highest: number;
}

type Values<K extends string> = Record<K, number>;

/**
 * The result of `of` with each parameter between its low and high. The band is the root-sum-square of the log-ratios
 * that each parameter alone makes: `central × exp(±√Σ ln²)`. For a product that is the usual rule of independent
 * factors; a parameter that several terms share is counted once. `lowest` and `highest` have all at their worst.
 * @param of gives a number that is never negative, rising or falling with each parameter
 */
export function estimate<K extends string>(
  parameters: Readonly<Record<K, Estimate>>,
  of: (values: Values<K>) => number,
): BoundedEstimate {
  const { central, swings, least, most } = swingsOf(parameters, of);
  const log = (value: number) => Math.log(value / central) ** 2;
  const spread = (side: 'down' | 'up') =>
    Math.sqrt(swings.reduce((sum, swing) => sum + (swing[side] === central ? 0 : log(swing[side])), 0));
  if (central === 0) return { low: least, central, high: most, lowest: least, highest: most };
  const low = central * Math.exp(-spread('down'));
  const high = central * Math.exp(spread('up'));
  // The band of a sum of falling and rising terms may pass its limits by a little.
  return { low: Math.max(low, least), central, high: Math.min(high, most), lowest: least, highest: most };
}

/** The same for a difference, which may be on both sides of zero: root-sum-square of the differences themselves. */
export function estimateDifference<K extends string>(
  parameters: Readonly<Record<K, Estimate>>,
  of: (values: Values<K>) => number,
): Estimate {
  const { central, swings } = swingsOf(parameters, of);
  const spread = (side: 'down' | 'up') => Math.hypot(...swings.map((swing) => swing[side] - central));
  return { low: central - spread('down'), central, high: central + spread('up') };
}

/** Two significant figures: a modelled number must not look surer than it is. */
export function twoFigures(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(2));
}

/** The same of what is modelled, divided by what it is for; null when there is none of that. */
export function roundedEstimate(value: BoundedEstimate, per = 1): BoundedEstimate | null {
  if (!(per > 0)) return null;
  const { lowest, low, central, high, highest } = value;
  const shown = (part: number) => twoFigures(part / per);
  return {
    ...{ lowest: shown(lowest), low: shown(low), central: shown(central) },
    ...{ high: shown(high), highest: shown(highest) },
  };
}

function swingsOf<K extends string>(parameters: Readonly<Record<K, Estimate>>, of: (values: Values<K>) => number) {
  const names = Object.keys(parameters) as K[];
  const centrals = Object.fromEntries(names.map((name) => [name, parameters[name].central])) as Values<K>;
  const central = of(centrals);
  const worst = { down: { ...centrals }, up: { ...centrals } };
  const swings = names.map((name) => {
    const { low, high } = parameters[name];
    const [atLow, atHigh] = [of({ ...centrals, [name]: low }), of({ ...centrals, [name]: high })];
    const rising = atLow <= atHigh;
    worst.down[name] = rising ? low : high;
    worst.up[name] = rising ? high : low;
    return { down: Math.min(atLow, atHigh, central), up: Math.max(atLow, atHigh, central) };
  });
  return { central, swings, least: of(worst.down), most: of(worst.up) };
}
