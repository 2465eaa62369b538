/**
 * The tests talk to the real thing: a real broker, a real database, a real browser. Installs what is missing when it
 * can (Debian, as root or with sudo that asks nothing), and says what to install when it can't. With the argument `obs`,
 * `proxies` or `package`: what `npm run test:obs`, `test:proxies` or `test:package` needs.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { arch } from 'node:os';

const OBS = [
  { file: '/usr/bin/obs', package: 'obs-studio' },
  {
    file: `/usr/lib/${arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/dri/swrast_dri.so`,
    package: 'libgl1-mesa-dri',
  },
  { file: '/usr/bin/Xvfb', package: 'xvfb' },
  { file: '/usr/sbin/nginx', package: 'nginx' },
  { file: '/usr/lib/nginx/modules/ngx_rtmp_module.so', package: 'libnginx-mod-rtmp' },
  { file: '/usr/bin/curl', package: 'curl' },
];
const PROXIES = [
  { file: '/usr/sbin/nginx', package: 'nginx' },
  { file: '/usr/bin/caddy', package: 'caddy' },
];
const TESTS = [
  { file: '/usr/sbin/mosquitto', package: 'mosquitto' },
  { file: '/usr/bin/mosquitto_pub', package: 'mosquitto-clients' },
  { file: '/usr/bin/openssl', package: 'openssl' },
  { file: '/usr/bin/curl', package: 'curl' },
  { file: '/usr/bin/influxd', package: 'influxdb' },
  { file: '/usr/bin/victoria-metrics', package: 'victoria-metrics' },
  { file: '/usr/bin/chromium', package: 'chromium' },
  { file: '/usr/bin/strace', package: 'strace' },
];
const PACKAGE = [
  { file: '/usr/sbin/debootstrap', package: 'debootstrap' },
  { file: '/usr/bin/systemd-nspawn', package: 'systemd-container' },
  { file: '/usr/bin/dpkg-deb', package: 'dpkg' },
];
const WANTED = { package: PACKAGE, obs: OBS, proxies: PROXIES }[process.argv[2] ?? ''] ?? TESTS;
/** Without these, some tests say that they are skipped. */
const OPTIONAL = ['/usr/bin/strace'];

const missing = WANTED.filter(({ file }) => !isThere(file));
if (missing.length > 0) {
  const packages = missing.map((wanted) => wanted.package);
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  console.log(`The tests need ${packages.join(', ')}: installing (${arch()})`);
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const command of [['apt-get', 'update'], install]) {
    const [program = '', ...rest] = [...asRoot, ...command];
    spawnSync(program, rest, { stdio: ['ignore', 'inherit', 'inherit'], env });
  }
  const still = WANTED.filter(({ file }) => !isThere(file) && !OPTIONAL.includes(file));
  if (still.length > 0) {
    console.error(`Still missing: ${still.map(({ file }) => file).join(', ')}. Install by hand: ${install.join(' ')}`);
    process.exit(1);
  }
}

function isThere(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
