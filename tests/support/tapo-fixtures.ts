import { readdirSync, readFileSync } from 'node:fs';
import { type CompleteFixture, type Fixture, fixtureSchema } from '../../adapters/tapo/fixture.ts';

const FOLDER = new URL('../fixtures/tapo/', import.meta.url);

/** Every fixture of a Tapo device, by file name. @throws ZodError when a file is not in the format */
export function tapoFixtures(): { file: string; fixture: Fixture }[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => ({ file, fixture: fixtureSchema.parse(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))) }));
}

export function completeTapoFixtures(): { file: string; fixture: CompleteFixture }[] {
  return tapoFixtures().flatMap(({ file, fixture }) => (fixture.complete ? [{ file, fixture }] : []));
}
