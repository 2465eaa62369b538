import { describe, expect, test } from 'vitest';
import { type AlarmFacts, causesNow, NO_MEMORY, noteSwitch, type PlugFacts } from '../../model/alarm-causes.ts';
import { causeOf } from '../../model/alarms.ts';

function plug(given: Partial<PlugFacts> & { id: string }): PlugFacts {
  return {
    ...{ name: given.id, essential: false, idleWatts: null, maxWatts: 3680, watts: 10, relay: true, online: true },
    ...{ flags: [], switchedOnByHand: false, ...given },
  };
}

/** A studio that is looked at again and again. */
class Studio {
  memory = NO_MEMORY;
  open = new Set<string>();
  facts: AlarmFacts = { session: 'none', phase: 'standby', plannedInMs: null, plugs: [], strips: [], sources: [] };

  look(change: Partial<AlarmFacts> = {}): string[] {
    this.facts = { ...this.facts, ...change };
    const { memory, findings } = causesNow(this.memory, this.facts, this.open);
    this.memory = memory;
    this.open = new Set(findings.map(causeOf));
    return [...this.open];
  }
  switched(to: 'on' | 'off', outcome: Parameters<typeof noteSwitch>[1]['outcome'], id = 'lamp') {
    this.memory = noteSwitch(this.memory, { plug: id, to, outcome, detail: 'relay on, 80.0 W' });
  }
}
const LIVE = { session: 'running', phase: 'live' } as const;

describe('a command that did nothing', () => {
  test('is a failed cut until the plug obeys after all, or a live begins', () => {
    for (const end of [{ plugs: [plug({ id: 'lamp', relay: false, watts: 0 })] }, LIVE]) {
      const studio = new Studio();
      studio.switched('off', 'unknown');
      expect(studio.look({ plugs: [plug({ id: 'lamp', watts: 80 })] })).toEqual(['cut-not-verified lamp']);
      expect(studio.look()).toEqual(['cut-not-verified lamp']);
      expect(studio.look(end)).toEqual([]);
      expect(studio.look({ session: 'none', plugs: [plug({ id: 'lamp', watts: 80 })] })).not.toContain(
        'cut-not-verified lamp',
      );
    }
  });

  test('is a failed restore before the live: in its set-up, and when one is planned', () => {
    for (const before of [{ session: 'running', phase: 'setup' } as const, { plannedInMs: 30 * 60_000 }]) {
      const studio = new Studio();
      studio.switched('on', 'failed');
      expect(studio.look({ ...before, plugs: [plug({ id: 'lamp', relay: false, watts: 0 })] })).toEqual([
        'restore-failed lamp',
      ]);
      studio.switched('on', 'verified');
      expect(studio.look()).toEqual([]);
    }
  });

  test('is none in dry run, when it was verified, and when a cut was never sent', () => {
    const studio = new Studio();
    for (const outcome of ['dry-run', 'verified', 'expired', 'refused'] as const) {
      studio.switched('off', outcome);
      expect(studio.look({ plugs: [plug({ id: 'lamp', watts: 80 })] })).toEqual([]);
    }
  });
});

describe('before and during a live', () => {
  test('a plug that does not answer is told when it is near, and goes on being told in it', () => {
    const studio = new Studio();
    const plugs = [plug({ id: 'lamp', online: false, watts: null, relay: null })];
    expect(studio.look({ plugs, plannedInMs: 2 * 3_600_000 })).toEqual([]);
    expect(studio.look({ plannedInMs: 3_600_000 })).toEqual(['unreachable-before-live lamp']);
    expect(studio.look({ session: 'running', phase: 'setup', plannedInMs: null })).toHaveLength(1);
    expect(studio.look(LIVE)).toHaveLength(1);
    expect(studio.look({ session: 'none', phase: 'standby' })).toEqual([]);
    expect(studio.look(LIVE)).toEqual([]);
  });

  test('an essential plug that goes dark is told: off, without load, or not reached', () => {
    const mixer = { id: 'mixer', essential: true };
    const studio = new Studio();
    expect(studio.look({ ...LIVE, plugs: [plug({ ...mixer, watts: 35 })] })).toEqual([]);
    expect(studio.look({ plugs: [plug({ ...mixer, watts: 0, relay: false })] })).toEqual(['essential-off mixer']);
    expect(studio.look({ plugs: [plug({ ...mixer, watts: 0.4 })] })).toEqual(['essential-no-load mixer']);
    expect(studio.look({ plugs: [plug({ ...mixer, watts: null, online: false })] })).toEqual([
      'essential-unreachable mixer',
    ]);
    expect(studio.look({ plugs: [plug({ ...mixer, watts: 20 })] })).toEqual([]);
    // It never drew anything in this live: nothing was lost.
    expect(studio.look({ session: 'none', phase: 'standby' })).toEqual([]);
    expect(studio.look({ ...LIVE, plugs: [plug({ ...mixer, watts: 0 })] })).toEqual([]);
  });
});

describe('between lives', () => {
  test('a load that was at rest and comes on is told, one that was simply left on is not', () => {
    const tv = { id: 'tv', idleWatts: 8 };
    const studio = new Studio();
    expect(studio.look({ plugs: [plug({ ...tv, watts: 60 })] })).toEqual([]);
    expect(studio.look({ plugs: [plug({ ...tv, watts: 3 })] })).toEqual([]);
    expect(studio.look({ plugs: [plug({ ...tv, watts: 60 })] })).toEqual(['load-between-lives tv']);
    expect(studio.look({ plannedInMs: 600_000 })).toEqual([]);
    expect(studio.look({ plannedInMs: null })).toEqual(['load-between-lives tv']);
    expect(studio.look({ plugs: [plug({ ...tv, watts: 60, switchedOnByHand: true })] })).toEqual([]);
    expect(studio.look({ ...LIVE, plugs: [plug({ ...tv, watts: 60 })] })).toEqual([]);
    expect(studio.look({ session: 'none', phase: 'standby' })).toEqual([]);
  });

  test('an essential load without idle threshold may do what it likes', () => {
    const studio = new Studio();
    studio.look({ plugs: [plug({ id: 'nas', essential: true, watts: 2 })] });
    expect(studio.look({ plugs: [plug({ id: 'nas', essential: true, watts: 45 })] })).toEqual([]);
  });
});

test('a strip that carries too much is told until it carries clearly less', () => {
  const studio = new Studio();
  const carrying = (...watts: (number | null)[]) => watts.map((each, i) => plug({ id: `p${i}`, watts: each }));
  const strips = [{ id: 'rack', name: 'Rack', maxWatts: 2300, plugs: ['p0', 'p1'] }];
  expect(studio.look({ strips, plugs: carrying(1200, 1100, 3000) })).toEqual([]);
  expect(studio.look({ plugs: carrying(1300, 1100, null) })).toEqual(['strip-overload rack']);
  expect(studio.look({ plugs: carrying(1100, 1100, 0) })).toEqual(['strip-overload rack']);
  expect(studio.look({ plugs: carrying(1000, 1000, 0) })).toEqual([]);
});

test('a plug tells of its own overload, and one above its limit is told', () => {
  const studio = new Studio();
  expect(studio.look({ plugs: [plug({ id: 'kettle', flags: ['overpower'] })] })).toEqual(['plug-overload kettle']);
  expect(studio.look({ plugs: [plug({ id: 'kettle', watts: 3500 })] })).toEqual(['plug-overload kettle']);
  expect(studio.look({ plugs: [plug({ id: 'kettle', watts: 3000 })] })).toEqual([]);
  expect(studio.look({ plugs: [plug({ id: 'kettle', watts: 3700 })] })).toEqual(['plug-overload kettle']);
});

test('a source that was heard and is lost is told', () => {
  const studio = new Studio();
  expect(studio.look({ sources: [{ name: 'obs', lost: true, detail: 'not reached' }] })).toEqual(['source-lost obs']);
  expect(studio.look({ sources: [{ name: 'obs', lost: false, detail: 'off air' }] })).toEqual([]);
});
