import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import type { Clock } from '../../model/clock.ts';
import { CommandExpired, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugDevice, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';

/** One plug behind its adapter, with the simulated thing at the other end of the wire. */
export interface PlugUnderTest {
  /** Not started yet; with `mac` as its configured MAC; switched on and drawing between 1 and 3000 W. */
  device: PlugDevice;
  outlet: SimulatedOutlet;
  /** What the simulated device says of itself, 12 upper-case hex digits. */
  mac: string;
  /** The clock the device was given. */
  clock: Clock;
  /** The device loses its power or network; resolves when it is really gone. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** The device answers (and pushes) bytes that are not its protocol. */
  answerGarbage(on: boolean): Promise<void>;
  /** How many switch commands the simulated device has executed. */
  executedCommands(): number;
  close(): Promise<void>;
}

export interface PlugHarness {
  make(): Promise<PlugUnderTest>;
}

/** What the daemon relies on, whatever the protocol. Every plug adapter runs this suite. */
export function describePlugContract(name: string, harness: PlugHarness): void {
  describe(`${name} keeps the plug contract`, () => {
    let plug: PlugUnderTest;
    let pushed: Reading[];
    let troubles: string[];

    beforeEach(async () => {
      pushed = [];
      troubles = [];
      plug = await harness.make();
      await plug.device.start({
        reading: (reading) => pushed.push(reading),
        offline: () => {},
        trouble: (_, what) => troubles.push(what),
      });
    });

    afterEach(async () => {
      await plug.device.stop();
      await plug.close();
    });

    const relay = (): Relay => {
      if (!plug.device.relay) throw new Error('this suite needs a plug with a relay');
      return plug.device.relay;
    };
    const soon = () => plug.clock.monotonicMs() + 10_000;

    it('reads what the outlet draws, with finite numbers and our own time', async () => {
      const before = plug.clock.nowMs();
      const reading = await plug.device.read();
      expect(reading.plug).toBe(plug.device.plug);
      expect(reading.relay).toBe(true);
      expect(reading.watts).toBeCloseTo(plug.outlet.watts, 0);
      expect(reading.atMs).toBeGreaterThanOrEqual(before);
      expect(reading.atMs).toBeLessThanOrEqual(plug.clock.nowMs());
      expect(reading.monotonicMs).toBeLessThanOrEqual(plug.clock.monotonicMs());
      for (const key of ['watts', 'counterWh', 'volts', 'amps', 'celsius'] as const) {
        const value = reading[key];
        if (value !== null) expect(value, key).toSatisfy(Number.isFinite);
      }
      expect(reading.counterWh ?? 0).toBeGreaterThanOrEqual(0);
      expect(['polled', 'on-change']).toContain(reading.feed);
    });

    it('says how often it wants to be asked, and what it was configured with', () => {
      expect(plug.device.pollMs).toBeGreaterThanOrEqual(1_000);
      expect(plug.device.expectedMac).toBe(plug.mac);
    });

    it('rejects a read as unreachable while the device is away, and reads again when it is back', async () => {
      await plug.device.read();
      await plug.goAway();
      await expect(plug.device.read()).rejects.toThrow(PlugUnreachable);
      await plug.comeBack();
      expect((await plug.device.read()).relay).toBe(true);
    });

    it('switches the outlet, and the next read shows it', async () => {
      await relay().switchTo(false, soon());
      expect(plug.outlet.relay).toBe(false);
      const off = await plug.device.read();
      expect(off.relay).toBe(false);
      expect(off.watts).toBe(0);
      await relay().switchTo(true, soon());
      expect(plug.outlet.relay).toBe(true);
      expect((await plug.device.read()).relay).toBe(true);
      expect(plug.executedCommands()).toBe(2);
    });

    it('never sends a command that has expired', async () => {
      await plug.device.read();
      await expect(relay().switchTo(false, plug.clock.monotonicMs() - 1)).rejects.toThrow(CommandExpired);
      await plug.device.read();
      expect(plug.executedCommands()).toBe(0);
      expect(plug.outlet.relay).toBe(true);
    });

    it('rejects a command for a device that is away, which never executes it later', async () => {
      await plug.device.read();
      await plug.goAway();
      await expect(relay().switchTo(false, soon())).rejects.toThrow();
      await plug.comeBack();
      await plug.device.read();
      expect(plug.executedCommands()).toBe(0);
      expect(plug.outlet.relay).toBe(true);
    });

    it('asks the device for its MAC', async () => {
      expect(await relay().identity()).toBe(plug.mac);
    });

    it('makes no reading of garbage, says so, and recovers', async () => {
      await plug.device.read();
      pushed = [];
      await plug.answerGarbage(true);
      const error = await plug.device.read().then(
        (reading) => reading,
        (reason: unknown) => reason,
      );
      expect(error instanceof PlugProtocolError || (error instanceof PlugUnreachable && troubles.length > 0)).toBe(
        true,
      );
      expect(pushed).toEqual([]);
      await plug.answerGarbage(false);
      expect((await plug.device.read()).relay).toBe(true);
    });

    it('leaves the relay as it is when stopped', async () => {
      await plug.device.read();
      await plug.device.stop();
      expect(plug.outlet.relay).toBe(true);
      expect(plug.executedCommands()).toBe(0);
    });
  });
}
