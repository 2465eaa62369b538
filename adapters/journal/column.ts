import type { ByteReader, ByteWriter } from './bytes.ts';

/** Codes below the differences. */
const NULL = 0;
const LITERAL = 1;
const FIRST_DIFFERENCE = 2;

const MOST_DECIMALS = 6;
const POWERS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
/** Differences of two such numbers are still exact. */
const LARGEST = 2 ** 50;

/**
 * One quantity of one plug: each value as the difference to the one before, in units of its last decimal. What plugs
 * measure has few decimals and changes little, so that most values are one byte. Every number comes back as it was.
 */
export class Column {
  #decimals: number;
  #last: number;

  constructor(decimals = 0, last = 0) {
    this.#decimals = decimals;
    this.#last = last;
  }

  copy(): Column {
    return new Column(this.#decimals, this.#last);
  }

  /** @param literals where values go that are not such a difference */
  write(value: number | null, bytes: ByteWriter, literals: string[]): void {
    if (value === null) {
      bytes.number(NULL);
      return;
    }
    const units = unitsOf(value, this.#decimals);
    if (units === null) {
      bytes.number(LITERAL);
      // JSON has no -0.
      literals.push(Object.is(value, -0) ? '-0' : String(value));
      this.#adapt(value);
      return;
    }
    const difference = units - this.#last;
    bytes.number(FIRST_DIFFERENCE + (difference < 0 ? -2 * difference - 1 : 2 * difference));
    this.#last = units;
  }

  read(bytes: ByteReader, literals: Iterator<string>): number | null {
    const code = bytes.number();
    if (code === NULL) return null;
    if (code === LITERAL) {
      const value = Number(literals.next().value);
      this.#adapt(value);
      return value;
    }
    const coded = code - FIRST_DIFFERENCE;
    this.#last += coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
    return this.#last / (POWERS[this.#decimals] ?? 1);
  }

  /** After a value that did not fit: as many decimals as it has. */
  #adapt(value: number): void {
    for (let decimals = this.#decimals; decimals <= MOST_DECIMALS; decimals++) {
      const units = unitsOf(value, decimals);
      if (units === null) continue;
      this.#decimals = decimals;
      this.#last = units;
      return;
    }
  }
}

/** The value in units of its `decimals`th decimal; null where that is not exactly the value. */
function unitsOf(value: number, decimals: number): number | null {
  const power = POWERS[decimals] ?? 1;
  const units = Math.round(value * power);
  const exact = Math.abs(units) < LARGEST && units / power === value && !Object.is(value, -0);
  return exact ? units : null;
}
