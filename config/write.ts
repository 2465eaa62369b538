import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { descriptionOf } from './load.ts';
import { migrate } from './migrate.ts';

const HEAD = ` The studio, for offair. Change what differs, then:
   offair check-config FILE            tells every mistake at once
   offair doctor --config FILE         checks plugs, broker, database and the rest for real
   offair run --config FILE            runs the studio
   offair setup --config FILE          finds further plugs and adds them here; comments stay
 What there is beside these keys is in config/studio.example.yaml. Secrets are not in this file, but in the folder
 secrets beside it.`;
/** One space of indentation inside, no line is folded. */
const LAYOUT = { lineWidth: 0 };

/** A new studio.yaml, each key with what it is for. @param content as the file is to say it; it is not checked here */
export function studioYaml(content: Record<string, unknown>): string {
  const document = new Document(content);
  document.commentBefore = HEAD;
  const told = new Set<string>();
  if (isMap(document.contents)) {
    for (const [index, { key, value }] of document.contents.items.entries()) {
      // The key of a section stands apart from what is above it.
      if (isScalar(key)) key.spaceBefore = index > 0;
      if (isScalar(key) && isMap(value)) explain(value, [String(key.value)], content, told);
      if (isSeq(value))
        for (const [index, item] of value.items.entries()) {
          if (isMap(item)) explain(item, ['plugs', index], content, told);
        }
    }
  }
  return document.toString(LAYOUT);
}

/** Puts behind each value what its key is for; of the same key of several plugs once. */
function explain(map: YAMLMap, path: (string | number)[], content: unknown, told: Set<string>): void {
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const at = [...path, String(key.value)];
    if (isMap(value)) explain(value, at, content, told);
    if (!isScalar(value)) continue;
    const name = at.filter((step) => typeof step === 'string').join('.');
    const what = descriptionOf(at, content);
    if (what !== null && !told.has(name)) value.comment = ` ${what}`;
    told.add(name);
  }
}

/**
 * The text of a studio.yaml with more in it; everything else in it stays, comments too.
 * @param added.plugs go to the end of the list
 * @param added.sections by name; a section that is there already is replaced
 */
export function withAdded(text: string, added: { plugs: object[]; sections: Record<string, unknown> }): string {
  const document = parseDocument(text);
  migrate(document);
  for (const [name, section] of Object.entries(added.sections)) {
    document.set(name, document.createNode(section));
    const pair = isMap(document.contents) ? document.contents.items.at(-1) : undefined;
    if (isScalar(pair?.key) && pair.key.value === name) pair.key.spaceBefore = true;
  }
  for (const plug of added.plugs) document.addIn(['plugs'], document.createNode(plug));
  return document.toString(LAYOUT);
}

/**
 * Writes a file whole or not at all: under another name first, on the disk, then in the place of the old one.
 * @param mode permissions of the file, such as 0o600
 */
export function replaceFile(path: string, text: string, mode: number): void {
  const partial = join(dirname(path), `.${basename(path)}.partial`);
  rmSync(partial, { force: true });
  try {
    const file = openSync(partial, 'wx', mode);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Keeps a copy of a file beside it. @returns its name: `<path>.before-<UTC stamp>` */
export function backUpFile(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  let copy = `${path}.before-${stamp}`;
  for (let n = 2; existsSync(copy); n += 1) copy = `${path}.before-${stamp}-${n}`;
  copyFileSync(path, copy, constants.COPYFILE_EXCL);
  return copy;
}
