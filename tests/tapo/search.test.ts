import { createSocket, type Socket } from 'node:dgram';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedTapoUdp, type UdpPlug } from '../../adapters/simulator/tapo-udp.ts';
import { Finder } from '../../adapters/tapo/finder.ts';
import { movingAddress } from '../../adapters/tapo/locator.ts';
import { framed, parseReply, probePacket } from '../../adapters/tapo/packet.ts';
import { type SearchDeps, type Sighting, search } from '../../adapters/tapo/search.ts';
import { memoryOf } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { passing } from '../support/passing.ts';
import { until } from '../support/until.ts';

const MAC = '9C5322000001';
const silent = pino({ level: 'silent' });

/** As in the wild, ids made up. */
const TPAP_REPLY =
  '{"error_code":0,"result":{"device_id":"00000000000000000000000000000000","owner":"b58996c504c5638798eb6b511e6f49af",' +
  '"device_type":"SMART.TAPOPLUG","device_model":"P110(EU)","ip":"192.168.1.20","mac":"48-22-54-00-00-00",' +
  '"is_support_iot_cloud":true,"obd_src":"tss","factory_default":false,"protocol_version":1,"mgt_encrypt_schm":' +
  '{"is_support_https":false,"encrypt_type":"TPAP","http_port":8080,"lv":2},"tpap_preferred":true,' +
  '"tpap":{"tls":0,"dac":0,"noc":0,"pake":[2],"port":8080}}}';

describe('the packets of discovery', () => {
  it('have the known bytes', () => {
    expect(probePacket(0x01020304, 'TEST').toString('hex')).toBe(
      '02000001001d1100010203040e31f8957b22706172616d73223a7b227273615f6b6579223a2254455354227d7d',
    );
    expect(framed(Buffer.alloc(0), 0, 0).toString('hex')).toBe('020000010000000000000000463cb5d3');
  });

  it('say who a device is and how it wants to be spoken to', () => {
    const header = Buffer.from('02000001015b00000000000057ce76f8', 'hex');
    expect(parseReply(Buffer.concat([header, Buffer.from(TPAP_REPLY)]))).toMatchObject({
      mac: '482254000000',
      model: 'P110',
      deviceType: 'SMART.TAPOPLUG',
      scheme: 'TPAP',
      httpPort: 8080,
      owner: 'B58996C504C5638798EB6B511E6F49AF',
      setUpBy: 'tss',
      factoryDefault: false,
    });
  });

  it('of the oldest firmware are read as well: no region, no version, no account', () => {
    const oldest =
      '{"result":{"device_id":"0","device_type":"SMART.TAPOPLUG","device_model":"P100","ip":"192.168.1.20",' +
      '"mac":"1C-3B-F3-00-00-00","mgt_encrypt_schm":{"is_support_https":false,"encrypt_type":"AES","http_port":80}},"error_code":0}';
    expect(parseReply(framed(Buffer.from(oldest), 0, 0))).toMatchObject({
      model: 'P100',
      scheme: 'AES',
      httpPort: 80,
      owner: '',
    });
  });

  it('that are no answer are nothing, whatever they hold', () => {
    const reply = framed(Buffer.from(TPAP_REPLY), 0, 0);
    const broken = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => framed(Buffer.from(text), 0, 0)),
      fc.jsonValue().map((result) => framed(Buffer.from(JSON.stringify({ error_code: 0, result })), 0, 0)),
      fc.nat(reply.length - 1).map((length) => reply.subarray(0, length)),
    );
    fc.assert(fc.property(broken, (packet) => parseReply(packet) === null));
    const flipped = fc.tuple(fc.nat(reply.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(reply);
      copy[at] = byte;
      return copy;
    });
    fc.assert(fc.property(flipped, (packet) => (parseReply(packet)?.mac.length ?? 12) === 12));
    const padded = `${TPAP_REPLY}${' '.repeat(2048)}`;
    expect(parseReply(framed(Buffer.from(padded), 0, 0))).toBeNull();
  });
});

describe('a search', () => {
  let clock: FakeClock;
  let network: SimulatedTapoUdp;
  let deps: SearchDeps;
  let over: AbortController;
  let sightings: Sighting[];
  let strangers: Socket[];
  beforeEach(async () => {
    clock = new FakeClock();
    network = new SimulatedTapoUdp();
    deps = { clock, log: silent, networkInterface: '127.0.0.1', port: await network.start() };
    over = new AbortController();
    sightings = [];
    strangers = [];
  });
  afterEach(async () => {
    over.abort();
    await network.stop();
    for (const stranger of strangers) stranger.close();
  });

  const begin = (host: string | null = null) => search(deps, host, (each) => sightings.push(each), over.signal);
  const addressed = () => sightings.map(({ reply, host, port }) => `${reply.mac} ${host}:${port}`).toSorted();
  const plug = (number: number, more: Partial<UdpPlug> = {}): UdpPlug => ({
    host: `127.0.7.${number}`,
    httpPort: 8000 + number,
    mac: `9C-53-22-00-00-0${number}`,
    ...more,
  });

  it('finds every plug once, in three probes, and ends when told', async () => {
    for (const number of [1, 2, 3]) await network.join(plug(number));
    const searching = begin();
    for (const broadcasts of [1, 2, 3]) {
      await until('a probe arrives', async () => {
        await clock.advance(0);
        return network.broadcasts === broadcasts;
      });
      await clock.advance(1000 * broadcasts);
    }
    await until('all are seen', () => sightings.length === 3);
    expect(addressed()).toEqual([
      '9C5322000001 127.0.7.1:8001',
      '9C5322000002 127.0.7.2:8002',
      '9C5322000003 127.0.7.3:8003',
    ]);
    over.abort();
    await searching;
  });

  it('asks one plug alone', async () => {
    await network.join(plug(1));
    await network.join(plug(2));
    const searching = begin('127.0.7.2');
    await until('it is seen', async () => {
      await clock.advance(0);
      return sightings.length > 0;
    });
    expect(addressed()).toEqual(['9C5322000002 127.0.7.2:8002']);
    expect(network.broadcasts).toBe(0);
    over.abort();
    await searching;
  });

  it('believes the address that an answer came from, not the one that is written in it, and outlives garbage', async () => {
    const stranger = createSocket('udp4');
    strangers.push(stranger);
    await new Promise<void>((resolve) => stranger.bind(deps.port, '127.0.7.9', resolve));
    stranger.on('message', (_, from) => {
      for (const text of ['', '{', '[]', '{"error_code":0,"result":{"mac":7}}', TPAP_REPLY])
        stranger.send(framed(Buffer.from(text), 0, 0), from.port, from.address);
    });
    const searching = begin('127.0.7.9');
    await until('it is seen', async () => {
      await clock.advance(0);
      return sightings.length > 0;
    });
    expect(addressed()).toEqual(['482254000000 127.0.7.9:8080']);
    over.abort();
    await searching;
  });

  it('on an interface that is not there says which there are', async () => {
    deps = { ...deps, networkInterface: 'eth7' };
    await expect(begin()).rejects.toThrow(/no network interface eth7 .*127\.0\.0\.1/);
  });

  describe('for a lost plug', () => {
    const kept = new Map<string, unknown>();
    const locate = (host: string, finder = new Finder(deps), mac = MAC) =>
      movingAddress({ host, port: 8001 }, mac, { finder, memory: memoryOf(kept), log: silent });
    beforeEach(() => kept.clear());

    const decided = <T>(promise: Promise<T>) => passing(clock, promise);

    it('finds it back at its configured address where no broadcast reaches it', async () => {
      const away = plug(1, { host: '127.0.7.5', httpPort: 9000 });
      await network.join(away);
      const locator = locate('127.0.7.1');
      expect(await decided(locator.search())).toBe(true);
      await network.stop();
      await network.join(plug(1, { host: '127.0.7.1', httpPort: 8001 }));
      expect(await decided(locator.search())).toBe(true);
      expect(locator.current()).toEqual({ host: '127.0.7.1', port: 8001 });
    });

    it('finds it by its MAC wherever it is, and remembers where', async () => {
      await network.join(plug(1, { host: '127.0.7.5', httpPort: 9000 }));
      await network.join(plug(2, { host: '127.0.7.1' }));
      const locator = locate('127.0.7.1');
      expect(await decided(locator.search())).toBe(true);
      expect(locator.current()).toEqual({ host: '127.0.7.5', port: 9000 });
      expect(network.broadcasts).toBeGreaterThan(0);

      await clock.advance(4000);
      await until('the search is over', () => network.broadcasts === 3);
      const restarted = locate('127.0.7.1');
      expect(restarted.current()).toEqual({ host: '127.0.7.1', port: 8001 });
      expect(await decided(restarted.search())).toBe(true);
      expect(restarted.current()).toEqual({ host: '127.0.7.5', port: 9000 });
      expect(network.broadcasts).toBe(3);
    });

    it('does not broadcast for one that answers where it should be', async () => {
      await network.join(plug(1));
      expect(await decided(locate('127.0.7.1').search())).toBe(false);
      expect(network.broadcasts).toBe(0);
    });

    it('goes on without it, and says so once, when the interface is not there', async () => {
      const warnings: string[] = [];
      const log = pino({ level: 'warn' }, { write: (line) => void warnings.push(JSON.parse(line).msg) });
      const finder = new Finder({ ...deps, log, networkInterface: 'eth7' });
      const locator = locate('127.0.7.1', finder);
      expect(await decided(locator.search())).toBe(false);
      expect(await decided(locator.search())).toBe(false);
      expect(warnings).toEqual(['plugs can not be searched: correct discovery.interface']);
    });

    it('broadcasts once for fifty, and again after half a minute', async () => {
      const finder = new Finder(deps);
      const locators = Array.from({ length: 50 }, (_, index) => {
        const mac = `9C53220001${String(index).padStart(2, '0')}`;
        return locate('127.0.7.1', finder, mac);
      });
      expect(await decided(Promise.all(locators.map((each) => each.search())))).toEqual(locators.map(() => false));
      await until('every probe has arrived', () => network.broadcasts === 3);
      await network.join(plug(1, { mac: '9C-53-22-00-01-00' }));
      await network.join(plug(2, { mac: '9C-53-22-00-01-01' }));
      const second = locate('127.0.7.1', finder, '9C5322000101');
      expect(await decided(second.search())).toBe(false);
      expect(network.broadcasts).toBe(3);
      clock.jump(30_000);
      expect(await decided(second.search())).toBe(true);
    });
  });
});
