import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QUARTER_HOUR_MS, quarterHourStart } from '../../model/energy.ts';

/**
 * A stand-in for RTE's éCO2mix on loopback, so that the demo needs no network and asks nobody: the same API with a
 * made-up mix of a French day. Late by an hour, as the real one is.
 */
export class SimulatedGrid {
  readonly #nowMs: () => number;
  readonly #server: Server;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#server = createServer((request, response) => {
      const isRecords = request.url?.includes('/catalog/datasets/eco2mix-national-tr/records') ?? false;
      response.writeHead(isRecords ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isRecords ? this.#records() : { error_code: 'NotFound' }));
    });
  }

  /** Resolves with the base URL. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/explore/v2.1`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #records() {
    const newest = quarterHourStart(this.#nowMs()) - 4 * QUARTER_HOUR_MS;
    const results = Array.from({ length: 96 }, (_, index) => recordAt(newest - index * QUARTER_HOUR_MS));
    return { total_count: results.length, results };
  }
}

function recordAt(startMs: number) {
  const hour = (startMs / 3_600_000) % 24;
  const evening = Math.exp(-((hour - 18) ** 2) / 8);
  const solaire = Math.max(0, Math.round(9000 * Math.cos(((hour - 12) * Math.PI) / 12)));
  const mix = {
    nucleaire: 40_000,
    hydraulique: Math.round(6000 + 4000 * evening),
    eolien: 6500,
    solaire,
    gaz: Math.round(900 + 3800 * evening),
    bioenergies: 650,
    fioul: 110,
    charbon: 7,
  };
  return {
    date_heure: new Date(startMs).toISOString().replace('.000Z', '+00:00'),
    nature: 'Données temps réel',
    perimetre: 'France',
    ...mix,
    pompage: -200,
    ech_physiques: -8000,
    consommation: 46_000,
    taux_co2: Math.round(
      (0.429 * mix.gaz * 1000 +
        0.777 * mix.fioul * 1000 +
        0.986 * mix.charbon * 1000 +
        0.494 * mix.bioenergies * 1000) /
        Object.values(mix).reduce((sum, megawatts) => sum + megawatts, 0),
    ),
  };
}
