import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../daemon/clock.ts';

const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

/** An nginx-rtmp server on loopback that tells `hook` of its streams: application `live` by commands, `hooked` by itself. */
export class NginxRtmp {
  readonly #folder = mkdtempSync(join(tmpdir(), 'offair-nginx-'));
  readonly #port: number;
  #nginx: ChildProcess | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  url(application: 'live' | 'hooked'): string {
    return `rtmp://127.0.0.1:${this.#port}/${application}`;
  }

  async start(hook: string): Promise<void> {
    const config = join(this.#folder, 'nginx.conf');
    // The two lines of config/docs/sessions.md, to the letter.
    writeFileSync(
      config,
      `load_module ${MODULE};
daemon off;
worker_processes 1;
user root;
pid ${this.#folder}/nginx.pid;
error_log ${this.#folder}/error.log;
events {}
rtmp {
  server {
    listen 127.0.0.1:${this.#port};
    application live {
      live on;
      exec_publish curl -s -m 5 -d call=publish&app=$app&name=$name ${hook};
      exec_publish_done curl -s -m 5 -d call=publish_done&app=$app&name=$name ${hook};
    }
    application hooked {
      live on;
      on_publish ${hook};
      on_publish_done ${hook};
    }
  }
}
`,
    );
    const nginx = spawn('/usr/sbin/nginx', ['-c', config, '-p', this.#folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#nginx = nginx;
    let said = '';
    nginx.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await systemClock.sleep(500);
    if (nginx.exitCode !== null) throw new Error(`nginx does not start: ${said}`);
  }

  async stop(): Promise<void> {
    if (this.#nginx && this.#nginx.exitCode === null) {
      this.#nginx.kill('SIGTERM');
      await once(this.#nginx, 'close');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
