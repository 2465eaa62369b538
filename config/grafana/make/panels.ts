import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Queries, Query } from './queries.ts';
import { DATASOURCE, InfluxTarget } from './target.ts';

export type Lang = 'en' | 'fr';
/** A text in each language. */
export interface Words {
  en: string;
  fr: string;
}
/** In which language a panel asks, and in which it speaks. */
export interface Context {
  queries: Queries;
  lang: Lang;
}
export type Panel = SeriesBuilder | StatBuilder | TableBuilder | TimelineBuilder;

/** Width of the grid, and what stands side by side on it. */
export const WHOLE = 24;
/** Plugs speak at least once a minute or so: a shorter interval would be without some of them, and their sum too small. */
const POWER_INTERVAL = '1m';
export const QUARTER_HOUR = '15m';
export const DAY = '1d';

interface Common {
  title: Words;
  about?: Words;
  query: Query | readonly Query[];
  width: number;
  height: number;
  unit?: string;
  decimals?: number;
  /** The shortest interval that makes sense. */
  interval?: string;
  /** Names of series by their field. */
  names?: Readonly<Record<string, Words>>;
}

const PHASES: readonly { phase: string; words: Words; color: string }[] = [
  { phase: 'setup', words: { en: 'Set-up', fr: 'Préparation' }, color: 'blue' },
  { phase: 'rehearsal', words: { en: 'Rehearsal', fr: 'Répétition' }, color: 'purple' },
  { phase: 'live', words: { en: 'Live', fr: 'En direct' }, color: 'red' },
  { phase: 'wrap', words: { en: 'Wrap-up', fr: 'Rangement' }, color: 'orange' },
  { phase: 'standby', words: { en: 'Standby', fr: 'Veille' }, color: 'text' },
];

/** One number, large: the last of its series. */
export function stat(context: Context, panel: Common & { graph?: boolean }): StatBuilder {
  const values = new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('');
  return common(context, new StatBuilder(), panel)
    .reduceOptions(values)
    .colorMode(BigValueColorMode.Value)
    .graphMode(panel.graph ? BigValueGraphMode.Area : BigValueGraphMode.None);
}

/** Curves over time, or bars; `stacked` where the sum means something. */
export function series(context: Context, panel: Common & { bars?: boolean; stacked?: boolean }): SeriesBuilder {
  const legend = new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .calcs([]);
  const stacking = new StackingConfigBuilder().mode(panel.stacked ? StackingMode.Normal : StackingMode.None);
  return common(context, new SeriesBuilder(), panel)
    .drawStyle(panel.bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .fillOpacity(panel.bars ? 80 : panel.stacked ? 40 : 10)
    .lineWidth(1)
    .stacking(stacking)
    .legend(legend);
}

/** Rows; `columns` are shown in their order under these names, and no others. @param panel `link`: where a cell leads */
export function table(
  context: Context,
  panel: Common & { columns: Readonly<Record<string, Words & { unit?: string; link?: string }>> },
): TableBuilder {
  const names = Object.entries(panel.columns);
  const built = common(context, new TableBuilder(), panel).withTransformation({
    id: 'organize',
    options: {
      indexByName: Object.fromEntries(names.map(([name], index) => [name, index])),
      renameByName: Object.fromEntries(names.map(([name, words]) => [name, words[context.lang]])),
      includeByName: Object.fromEntries(names.map(([name]) => [name, true])),
    },
  });
  for (const [, { unit, link, [context.lang]: name }] of names) {
    if (unit) built.overrideByName(name, [{ id: 'unit', value: unit }]);
    if (link) built.overrideByName(name, [{ id: 'links', value: [{ title: name, url: link }] }]);
  }
  return built;
}

/** States over time, each in its colour. */
export function timeline(context: Context, panel: Common & { mappings: ValueMapping[] }): TimelineBuilder {
  return common(context, new TimelineBuilder(), panel).mappings(panel.mappings);
}

/** The phases of a session, in words and colours. */
export function phaseMappings({ lang }: Context): ValueMapping[] {
  const options = PHASES.map(({ phase, words, color }, index) => [phase, { text: words[lang], color, index }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}

function common<Builder extends Panel>({ queries, lang }: Context, builder: Builder, panel: Common): Builder {
  builder
    .title(panel.title[lang])
    .datasource(DATASOURCE)
    .span(panel.width)
    .height(panel.height)
    .interval(panel.interval ?? POWER_INTERVAL);
  if (panel.about) builder.description(panel.about[lang]);
  if (panel.unit) builder.unit(panel.unit);
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  const [first] = [panel.query].flat();
  const labels = [first?.by ?? []].flat().map((by) => `\${__field.labels.${by}}`);
  if (queries.language === 'sql' && labels.length > 0) builder.displayName(labels.join(' '));
  for (const [field, words] of Object.entries(panel.names ?? {}))
    builder.overrideByName(field, [{ id: 'displayName', value: words[lang] }]);
  for (const [index, query] of [panel.query].flat().entries())
    builder.withTarget(new InfluxTarget(query, queries.language, String.fromCharCode(65 + index)));
  return builder;
}
