import type { Board } from './board.ts';
import { series, stat, table, WHOLE } from './panels.ts';
import { COVERAGE, GRAMS, MEASURED } from './words.ts';

/** All studios of a database; the other boards are of one studio each. */
export const FLEET: Board = {
  uid: 'offair-fleet',
  title: { en: 'offair: all studios', fr: 'offair : tous les studios' },
  about: {
    en: 'All studios that write into this database, as each said last.',
    fr: 'Tous les studios qui écrivent dans cette base, selon leur dernière nouvelle.',
  },
  from: 'now-24h',
  refresh: '1m',
  fleet: true,
  panels: (context) => {
    const { queries } = context;
    const ENERGY_COLUMNS = {
      wh: { en: 'Energy', fr: 'Énergie', unit: 'watth' },
      standby_wh: { en: 'Between lives', fr: 'Entre les directs', unit: 'watth' },
      grams: { en: 'CO₂e', fr: 'CO₂e', unit: 'massg' },
    };
    const STUDIO = {
      ...{ en: 'Studio', fr: 'Studio' },
      link: `/d/offair-now?var-studio=\${__value.text}`,
    };
    return [
      stat(context, {
        title: { en: 'Studios heard in the last 3 minutes', fr: 'Studios entendus ces 3 dernières minutes' },
        query: queries.studiosHeard(),
        ...{ width: 6, height: 5 },
      }),
      stat(context, {
        title: { en: 'Of them on air', fr: 'Dont à l’antenne' },
        query: queries.studiosOnAir(),
        ...{ width: 6, height: 5 },
      }),
      stat(context, {
        title: { en: 'Power of all', fr: 'Puissance totale' },
        about: MEASURED,
        query: queries.studioPower('all'),
        ...{ graph: true, unit: 'watt', width: 12, height: 5 },
      }),
      table(context, {
        title: { en: 'Studios, as each said last', fr: 'Les studios, selon leur dernière nouvelle' },
        about: {
          en: 'A studio that says nothing for three minutes is away, or its database was: its points come later.',
          fr: 'Un studio muet depuis trois minutes est absent, ou la base l’était : ses points arriveront plus tard.',
        },
        query: queries.studios(),
        ...{ width: WHOLE, height: 10 },
        columns: {
          studio: STUDIO,
          time: { en: 'Last heard', fr: 'Dernière nouvelle' },
          phase: { en: 'Phase', fr: 'Phase' },
          watts: { en: 'Power', fr: 'Puissance', unit: 'watt' },
          plugs_online: { en: 'Plugs heard', fr: 'Prises entendues' },
          plugs: { en: 'of', fr: 'sur' },
          problems: { en: 'Problems', fr: 'Problèmes' },
          alarms: { en: 'Alarms', fr: 'Alarmes' },
          pending_points: { en: 'Points waiting', fr: 'Points en attente' },
          dry_run: { en: 'Dry run', fr: 'À blanc' },
          version: { en: 'Version', fr: 'Version' },
        },
      }),
      series(context, {
        title: { en: 'Power by studio', fr: 'Puissance par studio' },
        about: MEASURED,
        query: queries.studioPower('each'),
        ...{ stacked: true, unit: 'watt', width: WHOLE, height: 9 },
      }),
      series(context, {
        title: { en: 'Energy by studio and hour', fr: 'Énergie par studio et heure' },
        about: MEASURED,
        query: queries.studioEnergy('wh'),
        ...{ bars: true, stacked: true, unit: 'watth', width: 12, height: 9, interval: '1h' },
      }),
      series(context, {
        title: { en: 'CO₂e by studio and hour', fr: 'CO₂e par studio et heure' },
        about: GRAMS,
        query: queries.studioEnergy('grams'),
        ...{ bars: true, stacked: true, unit: 'massg', width: 12, height: 9, interval: '1h' },
      }),
      table(context, {
        title: { en: 'Energy in this period', fr: 'Énergie sur la période' },
        about: GRAMS,
        query: queries.studioEnergyTable(),
        ...{ width: 12, height: 9, columns: { studio: STUDIO, ...ENERGY_COLUMNS, coverage: COVERAGE } },
      }),
      series(context, {
        title: { en: 'Points waiting, by studio', fr: 'Points en attente, par studio' },
        query: queries.studioWaiting(),
        ...{ width: 12, height: 9 },
      }),
    ];
  },
};
