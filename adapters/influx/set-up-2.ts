import type { Clock } from '../../model/clock.ts';
import { adminRequest } from './admin-request.ts';
import { InfluxRefused, type Prepared, type SetUp } from './set-up.ts';
import { type Influx2, isShorter, retentionSeconds, summaryBucket } from './settings.ts';
import { SUMMARIES, type Summary, wholeWindows } from './summaries.ts';

/** Points of a window may come a little after its end. */
const TASK_OFFSET = '10s';

interface Bucket {
  id: string;
  retentionRules: { type: string; everySeconds: number }[];
}
interface Task {
  id: string;
  flux: string;
}

/** Sets InfluxDB 2.x up: two buckets, and a task for each summary. */
export class SetUp2 implements SetUp {
  readonly #settings: Influx2;
  readonly #clock: Clock;
  readonly #abort = new AbortController();

  constructor(settings: Influx2, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  async prepare(): Promise<Prepared> {
    const { bucket, retention } = this.#settings;
    let keptFor: readonly string[] = [];
    return {
      database: await refusal(async () => {
        keptFor = await this.#makeBucket(bucket, retentionSeconds(retention));
      }),
      summaries: await refusal(async () => {
        await this.#makeBucket(summaryBucket(this.#settings), 0);
        for (const summary of SUMMARIES) await this.#makeTask(summary);
      }),
      keptFor,
    };
  }

  async summarise(fromMs: number, toMs: number): Promise<void> {
    const { org, timeZone } = this.#settings;
    for (const summary of SUMMARIES) {
      const period = wholeWindows(summary, fromMs, toMs, timeZone);
      const range = `start: ${new Date(period.fromMs).toISOString()}, stop: ${new Date(period.toMs).toISOString()}`;
      // Nothing of what was written needs to come back.
      const query = `${imports(timeZone)}\n\n${pipeline(this.#settings, summary, range, true)}\n  |> limit(n: 1)`;
      await this.#request('POST', '/api/v2/query', { org }, { query, type: 'flux' });
    }
  }

  close(): void {
    this.#abort.abort(new Error('stopped'));
  }

  /** Gives those for whose sake it stays as it is. @param seconds 0: for ever */
  async #makeBucket(name: string, seconds: number): Promise<readonly string[]> {
    const { org } = this.#settings;
    const retentionRules = seconds === 0 ? [] : [{ type: 'expire', everySeconds: seconds }];
    // An organisation without such a bucket is answered with none, or with 404.
    const found = await this.#list<Bucket>('buckets', { org, name }).catch((error: Error) => {
      if (error instanceof InfluxRefused && error.message.startsWith('404 ')) return [];
      throw error;
    });
    const [bucket] = found;
    if (!bucket) {
      const [known] = await this.#list<{ id: string }>('orgs', { org });
      if (!known) throw new InfluxRefused(`there is no organisation "${org}"`);
      await this.#request('POST', '/api/v2/buckets', {}, { orgID: known.id, name, retentionRules });
      return [];
    }
    const nowSeconds = bucket.retentionRules[0]?.everySeconds ?? 0;
    if (nowSeconds === seconds) return [];
    const others = isShorter(seconds, nowSeconds) ? await this.#others() : [];
    if (others.length === 0) await this.#request('PATCH', `/api/v2/buckets/${bucket.id}`, {}, { retentionRules });
    return others;
  }

  /** Who else has written here in the last 30 days. */
  async #others(): Promise<string[]> {
    const { org, bucket, studio } = this.#settings;
    const query = `import "influxdata/influxdb/schema"\n\nschema.tagValues(bucket: ${JSON.stringify(bucket)}, tag: "studio")`;
    const csv = await this.#request('POST', '/api/v2/query', { org }, { query, type: 'flux' });
    const [head = [], ...rows] = csv.split('\n').map((row) => row.trim().split(','));
    const values = rows.map((row) => row[head.indexOf('_value')] ?? '');
    return values.filter((value) => value !== '' && value !== studio);
  }

  async #makeTask(summary: Summary): Promise<void> {
    const { org } = this.#settings;
    const flux = taskOf(this.#settings, summary);
    const [task] = await this.#list<Task>('tasks', { org, name: taskName(this.#settings, summary) });
    if (!task) await this.#request('POST', '/api/v2/tasks', {}, { org, flux, status: 'active' });
    else if (task.flux !== flux) await this.#request('PATCH', `/api/v2/tasks/${task.id}`, {}, { flux });
  }

  async #list<Item>(what: string, parameters: Record<string, string>): Promise<Item[]> {
    const answer = JSON.parse(await this.#request('GET', `/api/v2/${what}`, parameters)) as Record<string, Item[]>;
    return answer[what] ?? [];
  }

  #request(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    parameters: Record<string, string>,
    body?: unknown,
  ): Promise<string> {
    return adminRequest(this.#settings, { method, path, parameters, body }, this.#clock, this.#abort.signal);
  }
}

/** What an administrator runs when our token may not: the commands of the `influx` command line. */
export function commands2(settings: Influx2): { database: string; all: string } {
  const { org, bucket, retention } = settings;
  const create = (name: string, period: string) =>
    `influx bucket create --org ${quoted(org)} --name ${quoted(name)} --retention ${period}`;
  const database = create(bucket, retention === 'INF' ? '0' : retention);
  const tasks = SUMMARIES.map(
    (summary) => `influx task create --org ${quoted(org)} - <<'FLUX'\n${taskOf(settings, summary)}\nFLUX`,
  );
  return { database, all: [database, create(summaryBucket(settings), '0'), ...tasks].join('\n') };
}

function taskName({ bucket, studio }: Influx2, { name, every }: Summary): string {
  return every === '1d' ? `offair ${name} of ${studio} in ${bucket}` : `offair ${name} of ${bucket}`;
}

function taskOf(settings: Influx2, summary: Summary): string {
  const name = JSON.stringify(taskName(settings, summary));
  const option = `option task = {name: ${name}, every: ${summary.run}, offset: ${TASK_OFFSET}}`;
  const start = `start: date.truncate(t: -${summary.back}, unit: ${summary.every})`;
  return `import "date"\n${imports(settings.timeZone)}\n\n${option}\n\n${pipeline(settings, summary, start)}`;
}

/** Days are the studio's: `option location` moves the windows. */
function imports(timeZone: string): string {
  return `import "timezone"\n\noption location = timezone.location(name: ${JSON.stringify(timeZone)})`;
}

/** @param ours whether it is of our studio alone: days always are, they are those of its time zone */
function pipeline(
  settings: Influx2,
  { name, from, every, fields }: Summary,
  range: string,
  ours = every === '1d',
): string {
  const { org, bucket, studio } = settings;
  const which = `r._measurement == "${from}"${ours ? ` and r.studio == ${JSON.stringify(studio)}` : ''}`;
  const source = `from(bucket: ${JSON.stringify(bucket)}) |> range(${range}) |> filter(fn: (r) => ${which})`;
  const columns = fields.map(
    ({ is, aggregate, of }) =>
      `  points |> filter(fn: (r) => r._field == "${of}") |> aggregateWindow(every: ${every}, fn: ${aggregate}, ` +
      `createEmpty: false, timeSrc: "_start") |> toFloat() |> set(key: "_field", value: "${is}"),`,
  );
  return [
    `points = ${source}`,
    '',
    'union(tables: [',
    ...columns,
    '])',
    `  |> set(key: "_measurement", value: "${name}")`,
    `  |> to(bucket: ${JSON.stringify(summaryBucket(settings))}, org: ${JSON.stringify(org)})`,
  ].join('\n');
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

async function refusal(make: () => Promise<void>): Promise<string | null> {
  try {
    await make();
    return null;
  } catch (error) {
    if (!(error instanceof InfluxRefused)) throw error;
    return error.message;
  }
}
