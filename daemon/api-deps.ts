import type { ApiDeps, DiscoveredView, MetricFamily, SessionView } from '../api/deps.ts';
import type { Outcomes } from '../api/outcomes.ts';
import type { Renderer } from '../api/report/renderer.ts';
import type { StudioConfig } from '../config/schema.ts';
import type { Clock } from '../model/clock.ts';
import { reason } from '../model/policy-reasons.ts';
import type { Journal, SessionRecord } from '../model/ports.ts';
import { CutNowTokens } from './cut-now.ts';
import { emissionsBy } from './emission-groups.ts';
import { insightOf } from './insight/index.ts';
import { spanOf } from './insight/lives.ts';
import { allowedHosts, tokenRequired } from './paths.ts';
import { type ReportDeps, reportContent } from './report/content.ts';
import { findToken } from './tokens.ts';
import { sessionView, statusOf, type ViewDeps } from './views.ts';
import { within } from './within.ts';

const LISTED_SESSIONS = 50;
/** A command is acknowledged when the disk has it, or after this: a full disk must not make it look refused. */
const JOURNAL_PATIENCE_MS = 3000;

/** Joins the daemon's parts to what the API asks for. */
export function apiDeps(deps: {
  config: StudioConfig;
  demo: boolean;
  version: string;
  journal: Journal;
  clock: Clock;
  views: ViewDeps;
  metrics(): MetricFamily[];
  discovered(): DiscoveredView[];
  configDesk: ApiDeps['configDesk'];
  logLevel: ApiDeps['logLevel'];
  rtmpCalled(stream: string, published: boolean): void;
  outcomes: Outcomes;
  reported: ReportDeps;
  renderer: Renderer;
}): ApiDeps {
  const { config, journal, clock, views, demo, version, reported } = deps;
  const { live, sessions, controller, carbon, onsite, pipeline, plugs } = views;
  const { id, name, country, timeZone } = config.studio;

  /** As far as it is on the disk: flush first. */
  const writtenView = async (session: SessionRecord): Promise<SessionView> => {
    const slices = await journal.sessionSlices(session.id);
    const [fromMs, toMs] = spanOf(session, slices);
    return sessionView(views, session, slices, {
      now: await carbon.pricingOf(fromMs, toMs),
      atItsEnd: session.endedAtMs === null ? null : await carbon.pricingKnownAt(fromMs, toMs, session.endedAtMs),
      share: await onsite.shareOf(fromMs, toMs),
    });
  };
  const viewOf = async (session: SessionRecord): Promise<SessionView> => {
    await pipeline.flush();
    return writtenView(session);
  };

  const tokens = new CutNowTokens(clock);
  const known = (plug: string) => plugs.some((spec) => spec.id === plug);
  /** Done already; but what is acknowledged survives a power cut. */
  const written = () => within(clock, JOURNAL_PATIENCE_MS, pipeline.flush());

  return {
    version,
    studio: { id, name, country, timeZone },
    demo,
    allowedHosts: allowedHosts(config.api.host, config.api.port, config.api.allowedHosts),
    tokenRequired: tokenRequired(config.api),
    nowMs: () => clock.nowMs(),
    after: (delayMs, run) => clock.after(delayMs, run),
    status: () => statusOf(views),
    metrics: deps.metrics,
    outcomes: deps.outcomes,
    discovered: deps.discovered,
    configDesk: deps.configDesk,
    logLevel: deps.logLevel,
    ready() {
      const unasked = live.unasked();
      const because = [
        ...(pipeline.trouble ? [`the journal can not be written: ${pipeline.trouble}`] : []),
        ...(unasked.length > 0 ? [`not asked yet: ${unasked.join(', ')}`] : []),
      ];
      return { ready: because.length === 0, because };
    },
    async history(plug, fromMs, toMs, stepMs) {
      await pipeline.flush();
      return journal.history(plug, fromMs, toMs, stepMs);
    },
    async sessions() {
      await pipeline.flush();
      return Promise.all((await journal.sessions(LISTED_SESSIONS)).map(writtenView));
    },
    async session(sessionId) {
      const session = await journal.session(sessionId);
      return session && viewOf(session);
    },
    startSession: async (input) => viewOf(await sessions.start(input)),
    setPhase: async (phase, by) => viewOf(await sessions.setPhase(phase, by)),
    setAudience: async (viewers) => viewOf(await sessions.setAudience(viewers)),
    endSession: async (by, meant) => viewOf(await sessions.end(by, meant)),
    rtmpCalled: deps.rtmpCalled,
    async command(plug, power, by) {
      if (!known(plug)) return null;
      const { refused, command } = controller.event({ type: 'request', plug, power, by });
      live.changed();
      if (!command) return { accepted: false, reasons: refused };
      await written();
      return { accepted: true, commandId: command.id, dryRun: command.dryRun };
    },
    async releaseOverride(plug) {
      if (!known(plug)) return false;
      controller.event({ type: 'release', plug });
      live.changed();
      await written();
      return true;
    },
    async hold(untilMs, by) {
      controller.hold(untilMs, by);
      live.changed();
      await written();
      return controller.held;
    },
    cutNowOffer() {
      const offered = controller.previewCutNow();
      return { ...tokens.make(offered.map(({ plug }) => plug)), plugs: offered };
    },
    async cutNow(confirm, chosen, by) {
      const offered = tokens.take(confirm);
      if (!offered) return [reason('confirm-lapsed')];
      const { refused } = controller.event({
        type: 'cut-now',
        plugs: offered.filter((plug) => chosen?.includes(plug) ?? true),
        by,
      });
      live.changed();
      await written();
      return refused;
    },
    async emissions(fromMs, toMs, groupBy) {
      await pipeline.flush();
      return emissionsBy(groupBy, [fromMs, toMs], { journal, carbon, plugs, timeZone, nowMs: clock.nowMs() });
    },
    intensities: (fromMs, toMs) => journal.intensities(fromMs, toMs),
    lastGoodIntensity: () => carbon.lastGood(),
    onsite: (sample) => onsite.push(sample),
    insight: insightOf(reported),
    report: (id) => reportContent(reported, id),
    draw: (content, drawing) => deps.renderer.draw(content, drawing),
    preview: () => controller.preview(),
    switchLog: (limit) => journal.switches(limit),
    deadLetters: (limit) => journal.deadLetters(limit),
    onChange: (listener) => live.onChange(listener),
    revision: () => live.revision,
    findToken: (token) => findToken(journal, token, clock.nowMs()),
  };
}
