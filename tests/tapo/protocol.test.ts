import { describe, expect, it } from 'vitest';
import { SmartProtocol } from '../../adapters/tapo/protocol.ts';
import type { TapoTransport } from '../../adapters/tapo/transport.ts';
import { PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';

/** A transport that gives the listed replies one after the other, and keeps what was asked. */
function scripted(...replies: unknown[]) {
  const asked: string[] = [];
  let forgotten = 0;
  const transport: TapoTransport = {
    send: async (request) => {
      asked.push(request);
      return replies.shift();
    },
    forgetSession: () => {
      forgotten += 1;
    },
    close: () => {},
  };
  return { protocol: new SmartProtocol('plug', transport), asked, forgotten: () => forgotten };
}

const batch = (...responses: object[]) => ({ error_code: 0, result: { responses } });

describe('the SMART protocol', () => {
  it.each([
    [-1501, PlugAuthRefused],
    [1111, PlugAuthRefused],
    [1003, PlugAuthRefused],
    [-1301, PlugUnreachable],
    [1002, PlugUnreachable],
    [-1002, PlugProtocolError],
    [-1, PlugProtocolError],
    [-77_777, PlugProtocolError],
  ])('takes error code %i for a %o', async (code, kind) => {
    const { protocol } = scripted({ error_code: code });
    const error = await protocol.command('set_device_info', { device_on: true }, 1).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toContain(String(code));
  });

  it('logs in again, once, when an error code says that the session is gone', async () => {
    const { protocol, asked, forgotten } = scripted({ error_code: 9999 }, { error_code: 0 });
    expect(await protocol.command('set_device_info', { device_on: true }, 1)).toEqual({});
    expect(forgotten()).toBe(1);
    expect(asked).toHaveLength(2);
    const again = scripted({ error_code: 9999 }, { error_code: 9999 });
    await expect(again.protocol.command('get_device_info', undefined, 1)).rejects.toThrow(PlugUnreachable);
  });

  it('asks singly for what a batch left out after an error, and matches answers by name', async () => {
    const { protocol, asked } = scripted(
      batch({ method: 'b', error_code: -1001 }, { method: 'a', error_code: 0, result: { n: 1 } }),
      { error_code: 0, result: { n: 3 } },
    );
    const answers = await protocol.query(['a', 'b', 'c']);
    expect(answers.get('a')).toEqual({ code: 0, result: { n: 1 } });
    expect(answers.get('b')).toEqual({ code: -1001, result: null });
    expect(answers.get('c')).toEqual({ code: 0, result: { n: 3 } });
    expect(asked[1]).toBe('{"method":"c"}');
  });

  it('never takes an error of get_device_info for a missing feature', async () => {
    const { protocol, asked } = scripted({ error_code: -1008 }, { error_code: 0, result: {} });
    expect((await protocol.query(['get_device_info'])).get('get_device_info')?.code).toBe(-1008);
    expect((await protocol.query(['get_device_info'])).get('get_device_info')?.code).toBe(0);
    expect(asked).toHaveLength(2);
  });

  it.each([null, 7, 'text', [], {}, { error_code: 'zero' }, { error_code: 0, result: [1] }])(
    'refuses a reply of %j',
    async (reply) => {
      await expect(scripted(reply).protocol.command('get_device_info', undefined, 1)).rejects.toThrow(
        PlugProtocolError,
      );
    },
  );

  it('refuses a batch without responses', async () => {
    const { protocol } = scripted({ error_code: 0, result: {} });
    await expect(protocol.query(['a', 'b'])).rejects.toThrow(PlugProtocolError);
  });
});

describe('the protocol of an outlet of a strip', () => {
  const child = (...replies: unknown[]) => {
    const strip = scripted(...replies);
    return { ...strip, outlet: strip.protocol.child('outlet 2', '80"11') };
  };
  const inside = (responseData: unknown) => ({ error_code: 0, result: { responseData } });

  it('puts every request in a control_child, batches too, and takes what is inside the answer', async () => {
    const { outlet, asked } = child(
      inside(batch({ method: 'a', error_code: 0, result: { n: 1 } }, { method: 'b', error_code: 0 })),
    );
    expect((await outlet.query(['a', { method: 'b', params: { c: 1 } }])).get('a')).toEqual({
      code: 0,
      result: { n: 1 },
    });
    expect(JSON.parse(asked[0] ?? '')).toEqual({
      method: 'control_child',
      params: {
        device_id: '80"11',
        requestData: {
          method: 'multipleRequest',
          params: { requests: [{ method: 'a' }, { method: 'b', params: { c: 1 } }] },
        },
      },
    });
  });

  it('takes an acknowledgement without result', async () => {
    const { outlet } = child(inside({ error_code: 0 }));
    expect(await outlet.command('set_device_info', { device_on: true }, 1)).toEqual({});
  });

  it.each([
    [{ error_code: -1301 }, PlugUnreachable],
    [{ error_code: -1008 }, PlugProtocolError],
    [{ error_code: 0 }, PlugProtocolError],
    [inside({ error_code: -1 }), PlugProtocolError],
    [inside({ error_code: -1501 }), PlugAuthRefused],
    [inside('text'), PlugProtocolError],
    ['text', PlugProtocolError],
  ])('takes %j for an error', async (reply, kind) => {
    const error = await child(reply)
      .outlet.command('set_device_info', { device_on: true }, 1)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toContain('outlet 2');
  });

  it.each([[{ error_code: 9999 }], [inside({ error_code: 9999 })]])('logs in again, once, after %j', async (reply) => {
    const { outlet, forgotten } = child(reply, inside({ error_code: 0 }));
    expect(await outlet.command('set_device_info', { device_on: true }, 1)).toEqual({});
    expect(forgotten()).toBe(1);
  });
});

describe('what a plug says it can do', () => {
  const components = (energy?: number) => ({
    component_list: [
      { id: 'device', ver_code: 2 },
      ...(energy === undefined ? [] : [{ id: 'energy_monitoring', ver_code: energy }]),
    ],
  });

  it.each([
    [undefined, []],
    [1, ['get_energy_usage']],
    [2, ['get_energy_usage', 'get_emeter_data', 'get_energy_data']],
  ])('with energy_monitoring %s is asked for %j only', async (version, methods) => {
    const { protocol, asked } = scripted(...methods.map(() => ({ error_code: 0, result: {} })));
    protocol.learnComponents(components(version));
    for (const method of ['get_energy_usage', 'get_emeter_data', 'get_energy_data']) await protocol.query([method]);
    expect(asked.map((text) => JSON.parse(text).method)).toEqual(methods);
  });

  it('counts within the batch that brought it', async () => {
    const { protocol, asked } = scripted(
      batch(
        { method: 'component_nego', error_code: 0, result: components() },
        { method: 'get_energy_usage', error_code: -1008 },
      ),
    );
    const answers = await protocol.query(['component_nego', 'get_energy_usage', 'get_emeter_data']);
    expect([...answers.keys()]).toEqual(['component_nego']);
    expect(asked).toHaveLength(1);
  });

  it.each([null, {}, { component_list: 'all' }, { component_list: [{ id: 7 }] }])(
    'may be %j: then all is tried',
    async (list) => {
      const { protocol, asked } = scripted({ error_code: 0, result: {} });
      protocol.learnComponents(list);
      await protocol.query(['get_energy_usage']);
      expect(asked).toHaveLength(1);
    },
  );

  it('is asked again when it is to be forgotten', async () => {
    const { protocol, asked } = scripted({ error_code: -1008 }, { error_code: 0, result: { n: 1 } });
    expect((await protocol.query(['a'])).size).toBe(0);
    expect((await protocol.query(['a'])).size).toBe(0);
    protocol.forget();
    expect((await protocol.query(['a'])).get('a')).toEqual({ code: 0, result: { n: 1 } });
    expect(asked).toHaveLength(2);
  });
});
