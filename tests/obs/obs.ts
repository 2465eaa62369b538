import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OBSWebSocket } from 'obs-websocket-js/json';
import { systemClock } from '../../daemon/clock.ts';
import { freePort } from '../support/ports.ts';

const PASSWORD = 'sesame';
/** It listens after some 10 s; a busy machine takes longer. */
const START_MS = 90_000;

/** A real OBS on a screen that nobody sees, which streams to `rtmpUrl` when it is told to. */
export class RealObs {
  readonly password = PASSWORD;
  readonly #home = mkdtempSync(join(tmpdir(), 'offair-obs-'));
  readonly #rtmpUrl: string;
  #port = 0;
  #screen: ChildProcess | null = null;
  #display = '';
  #obs: ChildProcess | null = null;
  #output = '';

  constructor(rtmpUrl: string) {
    this.#rtmpUrl = rtmpUrl;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** Resolves when its WebSocket listens; the second time on the same port. */
  async start(): Promise<void> {
    if (!this.#screen) await this.#showScreen();
    if (this.#port === 0) {
      this.#port = await freePort();
      writeSettings(this.#home, this.#port, this.#rtmpUrl);
    }
    const env = {
      ...{ PATH: process.env.PATH, HOME: this.#home, XDG_RUNTIME_DIR: this.#home, DISPLAY: this.#display },
      ...{ QT_QPA_PLATFORM: 'xcb', LIBGL_ALWAYS_SOFTWARE: '1', LANG: 'C.UTF-8' },
    };
    const obs = spawn('obs', ['--minimize-to-tray', '--disable-updater', '--multi'], {
      ...{ env, stdio: ['ignore', 'pipe', 'pipe'] },
    });
    this.#obs = obs;
    for (const stream of [obs.stdout, obs.stderr])
      stream.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk).slice(-20_000);
      });
    const giveUpAtMs = systemClock.monotonicMs() + START_MS;
    while (!(await listens(this.#port))) {
      if (obs.exitCode !== null || systemClock.monotonicMs() > giveUpAtMs)
        throw new Error(`OBS does not listen on its WebSocket:\n${this.#output}`);
      await systemClock.sleep(200);
    }
  }

  /** Presses a button in it, as a person would, over a connection of its own. */
  async call(...request: Parameters<OBSWebSocket['call']>): Promise<unknown> {
    const client = new OBSWebSocket();
    await client.connect(this.url, PASSWORD);
    try {
      return await client.call(...request);
    } finally {
      await client.disconnect();
    }
  }

  /** It crashes. */
  async kill(): Promise<void> {
    const obs = this.#obs;
    this.#obs = null;
    if (!obs || obs.exitCode !== null || obs.signalCode !== null) return;
    obs.kill('SIGKILL');
    await once(obs, 'close');
  }

  async close(): Promise<void> {
    await this.kill();
    if (this.#screen && this.#screen.exitCode === null) {
      this.#screen.kill('SIGTERM');
      await once(this.#screen, 'close');
    }
    rmSync(this.#home, { recursive: true, force: true });
  }

  async #showScreen(): Promise<void> {
    const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x720x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    this.#screen = screen;
    const told = screen.stdio[3];
    if (!told) throw new Error('Xvfb tells no display');
    const [number] = await once(told, 'data');
    this.#display = `:${String(number).trim()}`;
  }
}

/** OBS as it is after its first start: a small picture, a stream to our server, the WebSocket with a password. */
function writeSettings(home: string, port: number, rtmpUrl: string): void {
  const folder = join(home, '.config/obs-studio');
  const profile = join(folder, 'basic/profiles/Untitled');
  mkdirSync(profile, { recursive: true });
  const ini = (sections: Record<string, Record<string, string | number | boolean>>) =>
    Object.entries(sections)
      .map(
        ([name, keys]) =>
          `[${name}]\n${Object.entries(keys)
            .map((pair) => pair.join('='))
            .join('\n')}\n`,
      )
      .join('\n');
  const names = { Profile: 'Untitled', ProfileDir: 'Untitled' };
  writeFileSync(
    join(folder, 'global.ini'),
    ini({
      General: { FirstRun: true, EnableAutoUpdates: false },
      Basic: { ...names, SceneCollection: 'Untitled', SceneCollectionFile: 'Untitled' },
      OBSWebSocket: {
        ...{ FirstLoad: false, ServerEnabled: true, ServerPort: port, AlertsEnabled: false },
        ...{ AuthRequired: true, ServerPassword: PASSWORD },
      },
    }),
  );
  writeFileSync(
    join(profile, 'basic.ini'),
    ini({
      General: { Name: 'Untitled' },
      Video: { BaseCX: 640, BaseCY: 360, OutputCX: 640, OutputCY: 360, FPSCommon: 10 },
      Output: { Mode: 'Simple' },
      SimpleOutput: { VBitrate: 300, StreamEncoder: 'x264' },
    }),
  );
  const settings = { server: rtmpUrl, key: 'a-secret-key', use_auth: false, bwtest: false };
  writeFileSync(join(profile, 'service.json'), JSON.stringify({ type: 'rtmp_custom', settings }));
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
