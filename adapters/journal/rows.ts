/** From SQLite's rows to the model's words. The tables are STRICT: types of columns need no check. */
import type { EnergySlice } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { SessionRecord, SwitchRecord, TokenRecord } from '../../model/ports.ts';

type Row = Record<string, unknown>;

export function toSlice(row: Row): EnergySlice {
  return {
    plug: String(row.plug),
    startMs: Number(row.start_ms),
    sessionId: row.session_id === '' ? null : String(row.session_id),
    phase: row.phase as EnergySlice['phase'],
    counterWh: Number(row.counter_wh),
    integratedWh: Number(row.integrated_wh),
    gapWh: Number(row.gap_wh),
    coveredMs: Number(row.covered_ms),
  };
}

export function toIntensity(row: Row): IntensityPoint {
  return {
    zone: String(row.zone),
    startMs: Number(row.start_ms),
    endMs: Number(row.end_ms),
    gramsPerKwh: Number(row.grams_per_kwh),
    factorType: row.factor_type as IntensityPoint['factorType'],
    basis: row.basis as IntensityPoint['basis'],
    status: row.status as IntensityPoint['status'],
    provider: String(row.provider),
    fetchedAtMs: Number(row.fetched_at_ms),
  };
}

export function toSession(row: Row, audience: SessionRecord['audience']): SessionRecord {
  return {
    id: String(row.id),
    title: textOrNull(row.title),
    startedAtMs: Number(row.started_at_ms),
    endedAtMs: numberOrNull(row.ended_at_ms),
    phases: JSON.parse(String(row.phases)),
    audience,
    startedBy: String(row.started_by),
    endedBy: textOrNull(row.ended_by),
    ...(row.stream !== null && { stream: JSON.parse(String(row.stream)) }),
  };
}

export function toSwitch(row: Row): SwitchRecord {
  return {
    commandId: String(row.command_id),
    atMs: Number(row.at_ms),
    plug: String(row.plug),
    to: row.to_power as SwitchRecord['to'],
    by: String(row.by_whom),
    reason: String(row.reason),
    reasons: JSON.parse(String(row.reasons)),
    source: row.source === null ? null : String(row.source),
    wattsBefore: numberOrNull(row.watts_before),
    outcome: row.outcome as SwitchRecord['outcome'],
    detail: String(row.detail),
    tookMs: numberOrNull(row.took_ms),
  };
}

export function toToken(row: Row): TokenRecord {
  return {
    id: String(row.id),
    label: String(row.label),
    scope: row.scope as TokenRecord['scope'],
    hash: String(row.hash),
    createdAtMs: Number(row.created_at_ms),
    lastUsedAtMs: numberOrNull(row.last_used_at_ms),
  };
}

function textOrNull(value: unknown): string | null {
  return value === null ? null : String(value);
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}
