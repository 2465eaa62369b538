/** What the API takes and gives of the configuration, and of how much is logged. */
import { z } from 'zod';
import { LOG_LEVELS } from './deps.ts';

const ConfigTrouble = z
  .object({
    path: z.string().describe('Where: `plugs[2].idleWatts`; empty for the file as a whole'),
    line: z.number().nullable(),
    found: z.string(),
    expected: z.string(),
    hint: z.string().nullable().describe('What was perhaps meant'),
  })
  .meta({ id: 'ConfigTrouble' });
export const ConfigView = z
  .object({
    file: z.string().nullable().describe('null in the demo, which has none'),
    sections: z.array(z.object({ name: z.string(), yaml: z.string() })).describe('With every default, without secrets'),
    secrets: z.array(z.object({ name: z.string(), set: z.boolean() })),
    onDisk: z
      .enum(['same', 'changed', 'wrong', 'none'])
      .describe('changed: the file is right and another one than at the start; wrong: a restart would fail'),
    problems: z.array(ConfigTrouble).describe('Of the file as it is now'),
    families: z
      .array(
        z.object({
          adapter: z.string(),
          label: z.string().describe('What people call it'),
          needsMqtt: z.boolean(),
          byHand: z
            .object({ key: z.string(), looksLike: z.string() })
            .nullable()
            .describe('The one key that finds a plug, and what it may look like; null where a plug needs more'),
        }),
      )
      .describe('The families of plugs that studio.yaml may name'),
  })
  .meta({ id: 'ConfigView' });
export const ConfigBody = z.strictObject({ yaml: z.string().max(60_000) });
export const ConfigCheck = z
  .object({ problems: z.array(ConfigTrouble).describe('Empty when it could be used') })
  .meta({ id: 'ConfigCheck' });

export const LogLevelBody = z.strictObject({ level: z.enum(LOG_LEVELS).describe('Until the next restart') });
export const LogLevelView = z.object({ level: z.enum(LOG_LEVELS) }).meta({ id: 'LogLevel' });

export const ConfigReload = z
  .object({
    outcome: z
      .enum(['applying', 'unchanged', 'wrong', 'restart-needed', 'none', 'busy'])
      .describe('applying: taken within seconds; wrong: all stays as it is; none: the demo has no file'),
    problems: z.array(ConfigTrouble),
    changes: z
      .array(
        z.object({
          path: z.string().describe('`switching.dryRun`, `plugs.camera.name`, `secrets.mqtt_password`'),
          kind: z.enum(['added', 'removed', 'changed']),
          needsRestart: z.boolean().describe('It stays as it was until offair is restarted'),
        }),
      )
      .describe('What differs from the configuration in use'),
  })
  .meta({ id: 'ConfigReload' });
