import type { Clock } from '../../model/clock.ts';
import type { SetUp } from './set-up.ts';
import { SetUp1, statements1 } from './set-up-1.ts';
import { commands2, SetUp2 } from './set-up-2.ts';
import { commands3, SetUp3 } from './set-up-3.ts';
import type { InfluxSettings } from './settings.ts';

export function createSetUp(settings: InfluxSettings, clock: Clock): SetUp {
  switch (settings.flavour) {
    case 1:
      return new SetUp1(settings, clock);
    case 2:
      return new SetUp2(settings, clock);
    case 3:
      return new SetUp3(settings, clock);
  }
}

/** What an administrator runs when our user may not: the database by itself, and all of it. */
export function instructions(settings: InfluxSettings): { database: string; all: string } {
  switch (settings.flavour) {
    case 1:
      return statements1(settings);
    case 2:
      return commands2(settings);
    case 3:
      return commands3(settings);
  }
}
