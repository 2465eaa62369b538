import { describe, expect, it } from 'vitest';
import { fixtureFileName, outlineOf } from '../../adapters/tapo/fixture.ts';
import { redact } from '../../adapters/tapo/redact.ts';
import { tapoFixtures } from '../support/tapo-fixtures.ts';

const all = tapoFixtures();

describe.each(all)('the fixture $file', ({ file, fixture }) => {
  it('is named after its model, region, hardware and firmware', () => {
    expect(file).toBe(fixtureFileName(fixture));
  });

  it('has at least one way to report a fault, and at least one outlet', () => {
    const { outlets, usb, flags } = outlineOf(fixture);
    expect(outlets).toBeGreaterThan(usb);
    expect(flags.length).toBeGreaterThan(0);
  });

  if (fixture.complete) {
    it('says the same of the device wherever it says it', () => {
      const { model, hw_ver: hardware, fw_ver: firmware, mac } = fixture.methods.get_device_info ?? {};
      const of = { model: fixture.model, hardware: fixture.hardware, firmware: fixture.firmware };
      expect({ model, hardware, firmware }).toEqual(of);
      const { kind, lv } = fixture.transport;
      if (fixture.discovery)
        expect(fixture.discovery).toMatchObject({
          mac,
          device_model: expect.stringMatching(`^${model}`),
          // Firmware from 1.4 may say TPAP and speak KLAP as well.
          mgt_encrypt_schm: {
            encrypt_type: kind === 'klap' ? expect.stringMatching(/^(KLAP|TPAP)$/) : kind.toUpperCase(),
            ...(lv !== null && { lv }),
          },
        });
      for (const { info } of fixture.children)
        expect(info.slot_number ?? fixture.children.length).toBe(outlineOf(fixture).outlets);
    });

    it('holds nothing that a capture would redact', () => {
      for (const answer of [fixture.discovery ?? {}, ...Object.values(fixture.methods)])
        expect(redact(answer)).toEqual(answer);
      for (const { info, methods } of fixture.children) {
        expect(redact(info)).toEqual({ ...info, device_id: '0'.repeat(40) });
        for (const answer of Object.values(methods)) expect(redact(answer)).toEqual(answer);
      }
    });
  }
});
