import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Context, Panel, Words } from './panels.ts';
import { AnnotationTarget, DATASOURCE } from './target.ts';

/** One dashboard, in any language. Its uid never changes: links and bookmarks live on it. */
export interface Board {
  uid: string;
  title: Words;
  about: Words;
  /** `now-3h`: what it shows when it is opened. */
  from: string;
  refresh: string;
  /** Whether one can choose sessions. */
  bySession?: boolean;
  /** Whether it is of many studios: without plugs, and without what happened in one. */
  fleet?: boolean;
  panels(context: Context): Panel[];
}

const TAG = 'offair';
/** Whose days the daily sums are of, until somebody says otherwise. */
const TIME_ZONE = 'Europe/Paris';
const ALL = { text: 'All', value: '$__all', selected: true };

export function build(board: Board, context: Context): string {
  const { lang, queries } = context;
  const say = (words: Words) => words[lang];
  const others = new DashboardLinkBuilder('offair').type(DashboardLinkType.Dashboards).tags([TAG]).asDropdown(true);
  const dashboard = new DashboardBuilder(say(board.title))
    .uid(board.uid)
    .id(null)
    .description(say(board.about))
    .tags([TAG])
    .timezone('browser')
    .weekStart('monday')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: board.from, to: 'now' })
    .refresh(board.refresh)
    // All studios at once are nothing that a board of one could show.
    .link(others.keepTime(false).includeVars(!board.fleet))
    // Two studios may have plugs of the same name: their sums would be of both.
    .withVariable(variable('studio', { en: 'Studio', fr: 'Studio' }, context, board.fleet));
  if (!board.fleet) dashboard.withVariable(variable('plug', { en: 'Plug', fr: 'Prise' }, context));
  if (board.bySession) dashboard.withVariable(variable('session', { en: 'Session', fr: 'Session' }, context));
  if (queries.language === 'influxql')
    dashboard.withVariable(
      new TextBoxVariableBuilder('timezone')
        .label(say({ en: 'Time zone of days', fr: 'Fuseau horaire des jours' }))
        .defaultValue(TIME_ZONE)
        .current({ text: TIME_ZONE, value: TIME_ZONE, selected: true }),
    );
  const moments = [
    [say({ en: 'Phases', fr: 'Phases' }), queries.phases(), 'phase', 'red'],
    [say({ en: 'Commands to plugs', fr: 'Ordres aux prises' }), queries.switches(), 'reason', 'blue'],
  ] as const;
  for (const [name, query, column, color] of board.fleet ? [] : moments)
    dashboard.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(DATASOURCE)
        .enable(true)
        .iconColor(color)
        .target(new AnnotationTarget({ ...query, format: 'table' }, queries.language, column)),
    );
  for (const [index, panel] of board.panels(context).entries()) dashboard.withPanel(panel.id(index + 1));
  return `${JSON.stringify(dashboard.build(), null, 2)}\n`;
}

/** @param many whether several can be chosen, and all */
function variable(
  name: 'studio' | 'plug' | 'session',
  label: Words,
  { queries, lang }: Context,
  many = true,
): QueryVariableBuilder {
  const query = queries.variables[name];
  const built = new QueryVariableBuilder(name)
    .label(label[lang])
    .datasource(DATASOURCE)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(many)
    .includeAll(many);
  if (!many) return built;
  built.current(ALL);
  // A regular expression for all of them stays short, however many there are; SQL is given the list.
  return queries.language === 'influxql' ? built.allValue('.*') : built;
}
