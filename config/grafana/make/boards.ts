import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Board } from './board.ts';
import { FLEET } from './fleet-board.ts';
import { DAY, phaseMappings, QUARTER_HOUR, series, stat, table, timeline, WHOLE, type Words } from './panels.ts';
import type { HealthField } from './queries.ts';
import { COVERAGE, GRAMS, MEASURED } from './words.ts';

const PLUG = { en: 'Plug', fr: 'Prise' };
const TIME = { en: 'Time', fr: 'Heure' };
const PROVENANCE = {
  provider: { en: 'Provider', fr: 'Fournisseur' },
  factor_type: { en: 'Counts', fr: 'Périmètre' },
  status: { en: 'Status', fr: 'Statut' },
};
const SWITCHES = {
  time: TIME,
  plug: PLUG,
  to: { en: 'To', fr: 'Vers' },
  verified: { en: 'Verified', fr: 'Vérifié' },
  reason: { en: 'Reason', fr: 'Raison' },
};
const SAVED = {
  en: 'What a plug drew before it was cut, times the time that it was seen off, minus what the plug itself goes on drawing.',
  fr: 'Ce que la prise consommait avant la coupure × le temps où on l’a vue coupée, moins ce que la prise elle-même consomme encore.',
};
const HEALTH: Partial<Record<HealthField, Words>> = {
  plugs: { en: 'Configured', fr: 'Configurées' },
  plugs_online: { en: 'Heard', fr: 'Entendues' },
  pending_points: { en: 'Waiting', fr: 'En attente' },
  quarantined_points: { en: 'Refused by InfluxDB', fr: 'Refusés par InfluxDB' },
  dropped_points: { en: 'Given up', fr: 'Abandonnés' },
  readings: { en: 'Taken', fr: 'Reçues' },
  readings_dropped: { en: 'Given up', fr: 'Abandonnées' },
  resident_megabytes: { en: 'Resident', fr: 'Résidente' },
};

export const BOARDS: readonly Board[] = [
  FLEET,
  {
    uid: 'offair-now',
    title: { en: 'offair: studio now', fr: 'offair : le studio maintenant' },
    about: { en: 'What the studio draws, and what that emits.', fr: 'Ce que le studio consomme, et ce que cela émet.' },
    from: 'now-3h',
    refresh: '30s',
    panels: (context) => {
      const { queries } = context;
      return [
        stat(context, {
          title: { en: 'Power', fr: 'Puissance' },
          about: MEASURED,
          query: queries.power('studio'),
          ...{ graph: true, unit: 'watt', width: 6, height: 5 },
        }),
        stat(context, {
          title: { en: 'CO₂e per hour, last full quarter hour', fr: 'CO₂e par heure, dernier quart d’heure complet' },
          about: GRAMS,
          query: queries.gramsPerHour(),
          ...{ graph: true, unit: 'suffix: g/h', decimals: 1, width: 6, height: 5, interval: QUARTER_HOUR },
        }),
        stat(context, {
          title: { en: 'Grid', fr: 'Réseau' },
          about: {
            en: 'Latest carbon intensity, by provider and zone.',
            fr: 'Dernière intensité carbone, par fournisseur et zone.',
          },
          query: queries.intensity(),
          ...{ unit: 'suffix: g/kWh', decimals: 0, width: 6, height: 5, interval: QUARTER_HOUR },
        }),
        stat(context, {
          title: { en: 'Energy in this period', fr: 'Énergie sur la période' },
          about: MEASURED,
          query: queries.energyTotal('wh'),
          ...{ unit: 'watth', decimals: 1, width: 6, height: 5 },
        }),
        timeline(context, {
          title: { en: 'Phase', fr: 'Phase' },
          query: queries.phases(),
          ...{ width: WHOLE, height: 4, mappings: phaseMappings(context) },
        }),
        series(context, {
          title: { en: 'Power by plug', fr: 'Puissance par prise' },
          about: MEASURED,
          query: queries.power('plug'),
          ...{ stacked: true, unit: 'watt', width: WHOLE, height: 11 },
        }),
        table(context, {
          title: { en: 'Commands to plugs', fr: 'Ordres aux prises' },
          query: queries.switches(),
          ...{ width: WHOLE, height: 8, columns: SWITCHES },
        }),
      ];
    },
  },
  {
    uid: 'offair-sessions',
    title: { en: 'offair: sessions', fr: 'offair : sessions' },
    about: { en: 'What each live came to.', fr: 'Le bilan de chaque direct.' },
    from: 'now-30d',
    refresh: '5m',
    bySession: true,
    panels: (context) => {
      const { queries } = context;
      return [
        stat(context, {
          title: { en: 'Energy of these sessions', fr: 'Énergie de ces sessions' },
          about: MEASURED,
          query: queries.sessionTotal('wh'),
          ...{ unit: 'watth', decimals: 1, width: 6, height: 5 },
        }),
        stat(context, {
          title: { en: 'CO₂e of these sessions', fr: 'CO₂e de ces sessions' },
          about: GRAMS,
          query: queries.sessionTotal('grams'),
          ...{ unit: 'massg', decimals: 1, width: 6, height: 5 },
        }),
        stat(context, {
          title: { en: 'On air', fr: 'Temps d’antenne' },
          query: queries.sessionTotal('on_air_minutes'),
          ...{ unit: 'm', decimals: 1, width: 6, height: 5 },
        }),
        stat(context, {
          title: { en: 'Whole length', fr: 'Durée totale' },
          query: queries.sessionTotal('minutes'),
          ...{ unit: 'm', decimals: 1, width: 6, height: 5 },
        }),
        table(context, {
          title: { en: 'Sessions', fr: 'Sessions' },
          about: {
            en: 'Energy is measured. Grams may be restated for a day; they are missing while part of the energy has no intensity.',
            fr: 'L’énergie est mesurée. Les grammes peuvent être révisés pendant un jour ; ils manquent tant qu’une partie de l’énergie n’a pas d’intensité.',
          },
          query: queries.sessions(),
          ...{ width: WHOLE, height: 10 },
          columns: {
            time: { en: 'Start', fr: 'Début' },
            title: { en: 'Title', fr: 'Titre' },
            session: { en: 'Session', fr: 'Session' },
            minutes: { en: 'Length', fr: 'Durée', unit: 'm' },
            on_air_minutes: { en: 'On air', fr: 'Antenne', unit: 'm' },
            wh: { en: 'Energy', fr: 'Énergie', unit: 'watth' },
            grams: { en: 'CO₂e', fr: 'CO₂e', unit: 'massg' },
            letter: { en: 'Letter', fr: 'Note' },
            viewers: { en: 'Viewers, peak', fr: 'Spectateurs, maximum' },
            coverage: COVERAGE,
            ...PROVENANCE,
          },
        }),
        series(context, {
          title: { en: 'Energy per hour on air', fr: 'Énergie par heure d’antenne' },
          about: MEASURED,
          query: queries.sessionWhPerHour(),
          ...{ bars: true, unit: 'watth', width: WHOLE, height: 8 },
        }),
        timeline(context, {
          title: { en: 'Phases', fr: 'Phases' },
          query: queries.phases(),
          ...{ width: WHOLE, height: 4, mappings: phaseMappings(context) },
        }),
      ];
    },
  },
  {
    uid: 'offair-plugs',
    title: { en: 'offair: plugs', fr: 'offair : prises' },
    about: { en: 'Each plug: power, energy, relay.', fr: 'Chaque prise : puissance, énergie, relais.' },
    from: 'now-24h',
    refresh: '1m',
    panels: (context) => {
      const { queries } = context;
      return [
        series(context, {
          title: { en: 'Power by plug', fr: 'Puissance par prise' },
          about: MEASURED,
          query: queries.power('plug'),
          ...{ unit: 'watt', width: WHOLE, height: 10 },
        }),
        series(context, {
          title: { en: 'Power by kind', fr: 'Puissance par type' },
          about: MEASURED,
          query: queries.power('kind'),
          ...{ stacked: true, unit: 'watt', width: 12, height: 9 },
        }),
        series(context, {
          title: { en: 'Energy by plug and quarter hour', fr: 'Énergie par prise et quart d’heure' },
          about: MEASURED,
          query: queries.energy('wh', 'plug'),
          ...{ bars: true, stacked: true, unit: 'watth', width: 12, height: 9, interval: QUARTER_HOUR },
        }),
        timeline(context, {
          title: { en: 'Relays', fr: 'Relais' },
          query: queries.relay(),
          ...{ width: WHOLE, height: 8 },
          mappings: [
            {
              type: MappingType.ValueToText,
              options: {
                '0': { text: { en: 'off', fr: 'coupé' }[context.lang], color: 'text', index: 0 },
                '1': { text: { en: 'on', fr: 'allumé' }[context.lang], color: 'green', index: 1 },
              },
            },
          ],
        }),
        table(context, {
          title: { en: 'Power in this period', fr: 'Puissance sur la période' },
          about: MEASURED,
          query: queries.powerTable(),
          ...{ width: 12, height: 9 },
          columns: {
            plug: PLUG,
            kind: { en: 'Kind', fr: 'Type' },
            mean: { en: 'Mean', fr: 'Moyenne', unit: 'watt' },
            highest: { en: 'Highest', fr: 'Maximum', unit: 'watt' },
            lowest: { en: 'Lowest', fr: 'Minimum', unit: 'watt' },
          },
        }),
        table(context, {
          title: { en: 'Energy in this period', fr: 'Énergie sur la période' },
          about: GRAMS,
          query: queries.energyTable(),
          ...{ width: 12, height: 9 },
          columns: {
            plug: PLUG,
            kind: { en: 'Kind', fr: 'Type' },
            wh: { en: 'Energy', fr: 'Énergie', unit: 'watth' },
            grams: { en: 'CO₂e', fr: 'CO₂e', unit: 'massg' },
            coverage: COVERAGE,
          },
        }),
      ];
    },
  },
  {
    uid: 'offair-standby',
    title: { en: 'offair: standby and savings', fr: 'offair : veille et économies' },
    about: { en: 'What is drawn while nobody works.', fr: 'Ce qui est consommé quand personne ne travaille.' },
    from: 'now-30d',
    refresh: '15m',
    panels: (context) => {
      const { queries } = context;
      const STANDBY = {
        en: 'Measured while no session ran.',
        fr: 'Mesuré pendant qu’aucune session ne courait.',
      };
      return [
        stat(context, {
          title: { en: 'Between lives', fr: 'Entre les directs' },
          about: STANDBY,
          query: queries.energyTotal('standby_wh'),
          ...{ unit: 'watth', decimals: 1, width: 8, height: 5 },
        }),
        stat(context, {
          title: { en: 'During sessions', fr: 'Pendant les sessions' },
          about: MEASURED,
          query: queries.energyTotal('live_wh'),
          ...{ unit: 'watth', decimals: 1, width: 8, height: 5 },
        }),
        stat(context, {
          title: { en: 'Saved by cutting', fr: 'Économisé par les coupures' },
          about: SAVED,
          query: queries.savedTotal(),
          ...{ unit: 'watth', decimals: 1, width: 8, height: 5 },
        }),
        series(context, {
          title: { en: 'By day: during sessions and between', fr: 'Par jour : pendant les sessions et entre elles' },
          about: MEASURED,
          query: [queries.energy('live_wh', 'studio'), queries.energy('standby_wh', 'studio')],
          ...{ bars: true, stacked: true, unit: 'watth', width: WHOLE, height: 9, interval: DAY },
          names: {
            live_wh: { en: 'During sessions', fr: 'Pendant les sessions' },
            standby_wh: { en: 'Between lives', fr: 'Entre les directs' },
          },
        }),
        series(context, {
          title: { en: 'Between lives, by plug and day', fr: 'Entre les directs, par prise et jour' },
          about: STANDBY,
          query: queries.energy('standby_wh', 'plug'),
          ...{ bars: true, stacked: true, unit: 'watth', width: 12, height: 9, interval: DAY },
        }),
        series(context, {
          title: { en: 'Saved by cutting, by plug and day', fr: 'Économisé par les coupures, par prise et jour' },
          about: SAVED,
          query: queries.saved(),
          ...{ bars: true, stacked: true, unit: 'watth', width: 12, height: 9, interval: DAY },
        }),
        table(context, {
          title: { en: 'Standby by plug', fr: 'Veille par prise' },
          about: STANDBY,
          query: queries.energyTable(),
          ...{ width: 12, height: 9 },
          columns: {
            plug: PLUG,
            standby_wh: { en: 'Between lives', fr: 'Entre les directs', unit: 'watth' },
            wh: { en: 'All', fr: 'Total', unit: 'watth' },
            coverage: COVERAGE,
          },
        }),
        table(context, {
          title: { en: 'Verified cuts', fr: 'Coupures vérifiées' },
          query: queries.cuts(),
          ...{ width: 12, height: 9, columns: { plug: PLUG, cuts: { en: 'Cuts', fr: 'Coupures' } } },
        }),
      ];
    },
  },
  {
    uid: 'offair-carbon',
    title: { en: 'offair: carbon', fr: 'offair : carbone' },
    about: { en: 'The grid, and what the studio emits with it.', fr: 'Le réseau, et ce que le studio émet avec lui.' },
    from: 'now-7d',
    refresh: '15m',
    panels: (context) => {
      const { queries } = context;
      return [
        stat(context, {
          title: { en: 'CO₂e in this period', fr: 'CO₂e sur la période' },
          about: GRAMS,
          query: queries.energyTotal('grams'),
          ...{ unit: 'massg', decimals: 1, width: 12, height: 5 },
        }),
        stat(context, {
          title: { en: 'Low-carbon share of the grid', fr: 'Part bas carbone du réseau' },
          about: {
            en: 'Of what is produced: nuclear, hydro, wind, sun, geothermal (below 100 g/kWh, lifecycle). Only where the provider gives the mix.',
            fr: 'De la production : nucléaire, hydraulique, éolien, solaire, géothermie (moins de 100 g/kWh, cycle de vie). Seulement si le fournisseur donne le mix.',
          },
          query: queries.lowCarbon(),
          ...{ unit: 'percentunit', decimals: 0, width: 12, height: 5, interval: QUARTER_HOUR },
        }),
        series(context, {
          title: { en: 'Carbon intensity of the grid', fr: 'Intensité carbone du réseau' },
          query: queries.intensity(),
          ...{ unit: 'suffix: g/kWh', width: WHOLE, height: 9, interval: QUARTER_HOUR },
        }),
        series(context, {
          title: { en: 'CO₂e by plug', fr: 'CO₂e par prise' },
          about: GRAMS,
          query: queries.energy('grams', 'plug'),
          ...{ bars: true, stacked: true, unit: 'massg', width: 12, height: 9, interval: '1h' },
        }),
        series(context, {
          title: { en: 'CO₂e by kind and day', fr: 'CO₂e par type et jour' },
          about: GRAMS,
          query: queries.energy('grams', 'kind'),
          ...{ bars: true, stacked: true, unit: 'massg', width: 12, height: 9, interval: DAY },
        }),
        table(context, {
          title: { en: 'Latest intensities and where they are from', fr: 'Dernières intensités et leur provenance' },
          query: queries.intensityTable(),
          ...{ width: 12, height: 8 },
          columns: {
            time: TIME,
            zone: { en: 'Zone', fr: 'Zone' },
            provider: PROVENANCE.provider,
            status: PROVENANCE.status,
            g_per_kwh: { en: 'g/kWh', fr: 'g/kWh' },
            factor_type: PROVENANCE.factor_type,
          },
        }),
        table(context, {
          title: { en: 'What the grams were made with last', fr: 'Avec quoi les grammes ont été faits en dernier' },
          query: queries.provenance(),
          ...{ width: 12, height: 8, columns: { plug: PLUG, ...PROVENANCE } },
        }),
      ];
    },
  },
  {
    uid: 'offair-health',
    title: { en: "offair: offair's health", fr: 'offair : la santé d’offair' },
    about: {
      en: 'How offair itself is, once a minute. When nothing comes, it or the database is away; what it could not deliver comes later.',
      fr: 'Comment va offair lui-même, chaque minute. Si rien ne vient, lui ou la base est absent ; ce qu’il n’a pas pu livrer vient plus tard.',
    },
    from: 'now-24h',
    refresh: '1m',
    panels: (context) => {
      const { queries } = context;
      const now = (title: Words, field: HealthField, unit = 'short') =>
        stat(context, {
          title,
          query: queries.health(field),
          ...{ graph: true, unit, width: 6, height: 5 },
        });
      const over = (title: Words, fields: HealthField[], unit = 'short') =>
        series(context, {
          title,
          query: fields.map(queries.health),
          names: HEALTH,
          ...{ unit, width: 12, height: 8 },
        });
      return [
        now({ en: 'Problems', fr: 'Problèmes' }, 'problems'),
        now({ en: 'Plugs heard', fr: 'Prises entendues' }, 'plugs_online'),
        now({ en: 'Points waiting', fr: 'Points en attente' }, 'pending_points'),
        now({ en: 'Running since', fr: 'En marche depuis' }, 'uptime_seconds', 's'),
        over({ en: 'Plugs', fr: 'Prises' }, ['plugs', 'plugs_online']),
        over({ en: 'Points for InfluxDB', fr: 'Points pour InfluxDB' }, [
          'pending_points',
          'quarantined_points',
          'dropped_points',
        ]),
        over({ en: 'Readings since the start', fr: 'Lectures depuis le démarrage' }, ['readings', 'readings_dropped']),
        over({ en: 'Memory', fr: 'Mémoire' }, ['resident_megabytes'], 'decmbytes'),
        table(context, {
          title: { en: 'Energy and how much of the time was watched', fr: 'Énergie et part du temps observée' },
          query: queries.energyTable(),
          ...{ width: WHOLE, height: 8 },
          columns: { plug: PLUG, wh: { en: 'Energy', fr: 'Énergie', unit: 'watth' }, coverage: COVERAGE },
        }),
      ];
    },
  },
];
