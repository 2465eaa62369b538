import type { Scenario } from '../../api/insight.ts';
import { audit } from '../../model/audit.ts';
import { sliceWh } from '../../model/energy.ts';
import { kindsOf } from '../../model/plug.ts';
import type { Way } from '../../model/report.ts';
import { isOnAir } from '../../model/session.ts';
import { type Estimate, twoFigures } from '../../model/uncertainty.ts';
import type { InsightDeps } from '../insight/deps.ts';
import { recentSlices } from '../insight/recent.ts';
import { whatIfOf } from '../insight/whatif.ts';

const LISTED_LOADS = 3;
/** Of the draw of the lights: it is hardly seen. */
const DIMMED_PERCENT = 20;
/** Of the viewers, where half is assumed. */
const ON_WIFI = 0.7;
/** What saves less is not worth a line, Wh and g. */
const LEAST_SAVED = 0.5;

/** What would have made this live take less, and what draws between lives. The largest saving of its sort first. */
export async function waysOf(deps: InsightDeps, sessionId: string): Promise<Way[]> {
  const slices = await deps.sessionSlices(sessionId);
  const kindOf = kindsOf(deps.plugs);
  const cameras = new Set(slices.map(({ plug }) => plug).filter((plug) => kindOf(plug) === 'camera')).size;
  const scenarios: (Scenario & { name: Way['code'] })[] = [
    { name: 'dim-lights', dimLightsPercent: DIMMED_PERCENT },
    ...(cameras > 1 ? [{ name: 'fewer-cameras' as const, cameras: cameras - 1 }] : []),
    { name: 'wifi', wifiShare: ON_WIFI },
  ];
  const answer = await whatIfOf(deps, { session: sessionId }, scenarios);
  const changed = (answer?.scenarios ?? []).flatMap(({ name, differences }): Way[] => {
    const code = name as Way['code'];
    const modelled = code === 'wifi';
    const savedGrams = saved(modelled ? differences.modelledGrams : differences.studioGrams);
    const savedWh = modelled ? null : saved(differences.studioWh);
    const most = Math.max(savedWh?.central ?? 0, savedGrams?.central ?? 0);
    if (!(most >= LEAST_SAVED)) return [];
    const data = { percent: code === 'wifi' ? ON_WIFI * 100 : DIMMED_PERCENT, cameras: cameras - 1 };
    return [{ code, of: modelled ? 'modelled' : 'measured', per: 'live', name: null, data, savedWh, savedGrams }];
  });
  const sum = (part: typeof slices) => part.reduce((total, slice) => total + sliceWh(slice), 0);
  const [wh, onAirWh] = [sum(slices), sum(slices.filter(({ phase }) => isOnAir(phase)))];
  const offAir: Way[] =
    onAirWh > 0 && wh - onAirWh >= wh / 10
      ? [
          {
            ...{ code: 'off-air', of: 'measured', per: 'live', name: null, savedWh: null, savedGrams: null },
            data: { wh: wh - onAirWh, share: (wh - onAirWh) / wh },
          },
        ]
      : [];
  return [...offAir, ...changed, ...(await standbyWays(deps))];
}

async function standbyWays(deps: InsightDeps): Promise<Way[]> {
  const { plugs, tariff, timeZone } = deps;
  const { standby } = audit({ plugs, tariff, timeZone, ...(await recentSlices(deps)) });
  return standby
    .filter(({ thin, savedPerYear }) => !thin && savedPerYear.kwh.central >= 1)
    .slice(0, LISTED_LOADS)
    .map(({ name, essential, betweenLives, savedPerYear: { kwh, grams } }) => ({
      ...{
        code: 'standby',
        of: 'measured',
        per: 'year',
        name,
        data: { watts: betweenLives.meanWatts, essential: essential ? 1 : 0 },
      },
      savedWh: rounded(kwh, 1000),
      savedGrams: grams && rounded(grams),
    }));
}

function saved(difference: Estimate | null): Estimate | null {
  return difference && rounded({ low: -difference.high, central: -difference.central, high: -difference.low });
}

function rounded({ low, central, high }: Estimate, times = 1): Estimate {
  return { low: twoFigures(low * times), central: twoFigures(central * times), high: twoFigures(high * times) };
}
