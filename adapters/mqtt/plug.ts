import type { Clock } from '../../model/clock.ts';
import { CommandExpired, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugId } from '../../model/plug.ts';
import type { PlugDevice, PlugSink, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import type { MqttBus, MqttMessage } from './bus.ts';
import type { Ask, Dialect, Found } from './dialect.ts';
import { PlugLink } from './link.ts';
import { type MeasuredKey, Measures } from './measures.ts';
import { Waiter } from './waiter.ts';

/** A Zigbee radio behind a bridge needs seconds where Wi-Fi needs milliseconds. */
const ANSWER_TIMEOUT_MS = 5000;
/** How long a message that comes at every poll is waited for, in polls. */
const PATIENCE_POLLS = 1.5;
/** Polls that a plug may miss before its silence means that it is gone. */
const MISSED_POLLS = 3;
/** A meter follows its relay by a second or two. */
const METER_LAG_MS = 2000;
/** A stranger on a plug's topics counts as there for this long after it was heard. */
const STRANGER_MS = 5 * 60_000;

export interface MqttPlugSettings {
  plug: PlugId;
  /** Names the plug and its topics in messages. */
  who: string;
  pollMs: number;
  expectedMac: string | null;
}

interface Heard {
  topic: string;
  text: string;
  found: Found;
  refused: string | null;
}

/** One outlet that publishes its state on topics of a broker, whatever the dialect. */
export class MqttPlug implements PlugDevice {
  readonly adapter: string;
  readonly plug: PlugId;
  readonly pollMs: number;
  readonly expectedMac: string | null;
  readonly relay: Relay | null;
  readonly #dialect: Dialect;
  readonly #link: PlugLink;
  readonly #measures: Measures;
  readonly #heard: Waiter<Heard>;
  /** How long a value may be taken for the present one, and the plug be silent, ms. */
  readonly #freshMs: number;
  #sink: PlugSink | null = null;
  #cancelRefresh: () => void = () => {};
  /** When its relay was last seen or told to move. */
  #movedMs = Number.NEGATIVE_INFINITY;
  /** Its relay moved, and its watts since are not known yet. */
  #unsettled = false;
  /** Reads under way: what comes now is theirs. */
  #reads = 0;
  #strangerUntilMs = Number.NEGATIVE_INFINITY;
  /** When watts, relay or counter last came: the time of what is known. */
  #measuredAt = { atMs: 0, monotonicMs: Number.NEGATIVE_INFINITY };

  constructor(settings: MqttPlugSettings, dialect: Dialect, bus: MqttBus, clock: Clock) {
    const { plug, who, pollMs, expectedMac } = settings;
    this.adapter = dialect.adapter;
    this.plug = plug;
    this.pollMs = pollMs;
    this.expectedMac = expectedMac;
    this.#dialect = dialect;
    const offline = (why: string) => this.#sink?.offline(plug, why);
    const trouble = (what: string) => this.#sink?.trouble(plug, what);
    this.#link = new PlugLink(dialect.adapter, () => who, { offline, trouble }, { bus, clock });
    this.#freshMs = MISSED_POLLS * pollMs;
    this.#measures = new Measures(this.#freshMs);
    this.#heard = new Waiter(clock);
    this.relay = dialect.command && {
      switchTo: this.#switchTo.bind(this, dialect.command),
      identity: this.#identity.bind(this),
    };
  }

  async start(sink: PlugSink): Promise<void> {
    this.#sink = sink;
    this.#link.open(this.#freshMs);
    const { presence, reports, commandFilters, identity } = this.#dialect;
    for (const [topic, there] of Object.entries(presence))
      await this.#link.subscribe(topic, (message) => this.#spokenOf(message, there));
    for (const [topic, parse] of Object.entries({ [identity.ask.answer]: () => ({}), ...reports }))
      await this.#link.subscribe(topic, (message) => this.#report(message, parse));
    await this.#link.watchCommands(commandFilters);
    // Where all who listen introduce themselves, a stranger is known before anything is switched.
    if (this.expectedMac !== null && !(identity.ask.answer in reports)) this.#exchange(identity.ask).catch(() => {});
  }

  async stop(): Promise<void> {
    this.#sink = null;
    this.#cancelRefresh();
    this.#link.close();
  }

  async read(): Promise<Reading> {
    this.#reads += 1;
    try {
      const lagMs = this.#movedMs + METER_LAG_MS - this.#now;
      if (this.#canBeAsked && lagMs > 0) await this.#link.clock.sleep(lagMs);
      for (const ask of this.#dialect.asks()) await this.#exchange(ask);
      this.#unsettled = false;
    } finally {
      this.#reads -= 1;
    }
    return this.#reading();
  }

  async #switchTo(command: NonNullable<Dialect['command']>, on: boolean, expiresAtMonotonicMs: number): Promise<void> {
    const text = on ? 'on' : 'off';
    if (this.#now >= expiresAtMonotonicMs)
      throw new CommandExpired(`${this.#link.who}: ${text} was not sent, its time was over`);
    const confirmed = this.#heard.next(({ found }) => found.relay === on, ANSWER_TIMEOUT_MS);
    // From here on the old state is no longer a fact, and the new one is not one yet.
    this.#measures.set('relay', null, this.#now);
    const { topic, payload } = command(on);
    await this.#link.publish(topic, payload);
    const moved = await confirmed;
    this.#movedMs = this.#now;
    if (!moved) throw new PlugUnreachable(`${this.#link.who} did not confirm ${text}. ${this.#dialect.hint}`);
  }

  async #identity(): Promise<string> {
    const { ask, from } = this.#dialect.identity;
    const identity = from(await this.#exchange(ask));
    if (this.#now < this.#strangerUntilMs)
      throw new PlugProtocolError(`${this.#link.who}: another device listens on its topics too; nothing is switched`);
    return identity;
  }

  /** @returns the text of the answer; '' when none came and none was needed */
  async #exchange({ question, answer, came, hint = this.#dialect.hint }: Ask): Promise<string> {
    const { who, presence } = this.#link;
    if (!question && presence.saidOffline) throw new PlugUnreachable(`${who} is gone, says the broker. ${hint}`);
    const patienceMs = question ? ANSWER_TIMEOUT_MS : PATIENCE_POLLS * this.pollMs;
    const answers: Heard[] = [];
    const answered = this.#heard.next((heard) => {
      if (heard.topic === answer) answers.push(heard);
      return answers.length > 0;
    }, patienceMs);
    if (question) await this.#link.publish(question.topic, question.payload);
    await answered;
    const heard = answers[0];
    came?.(heard !== undefined);
    if (heard?.refused)
      throw new PlugProtocolError(`${who} said what is not its protocol on ${answer}: ${heard.refused}`);
    if (heard) return heard.text;
    if (came) return '';
    const silent = `said nothing on ${answer} for ${patienceMs / 1000} s`;
    throw new PlugUnreachable(`${who} ${silent}${question ? `, asked on ${question.topic}` : ''}. ${hint}`);
  }

  #spokenOf({ payload, retained }: MqttMessage, parse: Dialect['presence'][string]): void {
    const there = parse(payload.toString(), retained);
    if (there === false) this.#link.presence.offlineHint();
    if (there !== true || retained) return;
    this.#link.presence.alive();
    this.#refreshIn(0);
  }

  #report({ topic, payload, retained }: MqttMessage, parse: Dialect['reports'][string]): void {
    // A replay says what was true once: not that the plug is there, nor what it draws.
    if (retained && !this.#dialect.replays.includes(topic)) return;
    const text = payload.toString();
    let found: Found = {};
    let refused: string | null = null;
    try {
      const said = parse(text, retained);
      if (topic === this.#dialect.identity.ask.answer) this.#checkIdentity(topic, text);
      found = said;
      if (!retained) this.#link.troubles.over(topic);
    } catch (error) {
      if (!(error instanceof PlugProtocolError)) throw error;
      refused = error.message;
      this.#link.refused(topic, error);
    }
    if (retained) return;
    this.#link.presence.alive();
    this.#lay(found);
    this.#heard.came({ topic, text, found, refused });
  }

  #lay(found: Found): void {
    const { atMs, monotonicMs } = { atMs: this.#link.clock.nowMs(), monotonicMs: this.#now };
    const before = this.#measures.get('relay', monotonicMs);
    const moved = found.relay !== undefined && found.relay !== before;
    if (moved && before !== null) this.#movedMs = monotonicMs;
    if (moved) {
      // What it drew before says nothing of now.
      this.#measures.set('watts', null, monotonicMs);
      this.#unsettled = true;
    }
    for (const key of Object.keys(found) as MeasuredKey[]) {
      const value = found[key];
      if (value !== undefined) this.#measures.set(key, value, monotonicMs);
    }
    const { watts, relay, counterWh } = found;
    if (watts === undefined && relay === undefined && counterWh === undefined) return;
    this.#measuredAt = { atMs, monotonicMs };
    if (this.#measures.get('watts', monotonicMs) !== null) this.#unsettled = false;
    if (!this.#unsettled) {
      if (this.#reads === 0) this.#sink?.reading(this.#reading());
    } else if (moved) this.#refreshIn(METER_LAG_MS);
  }

  #checkIdentity(topic: string, text: string): void {
    if (this.expectedMac === null) return;
    const identity = this.#dialect.identity.from(text);
    if (identity === this.expectedMac) return;
    this.#strangerUntilMs = this.#now + STRANGER_MS;
    this.#link.troubles.tell(
      `${topic} stranger`,
      `${this.#link.who}: ${identity} speaks on its topics, ${this.expectedMac} is configured. Give each device its own topic`,
    );
  }

  /** Asks for what is not told by itself. When it fails the poller says what is wrong. */
  #refreshIn(delayMs: number): void {
    this.#cancelRefresh();
    if (!this.#canBeAsked) return;
    this.#cancelRefresh = this.#link.clock.after(delayMs, () => {
      this.read().then(
        (reading) => this.#sink?.reading(reading),
        () => {},
      );
    });
  }

  #reading(): Reading {
    const { atMs, monotonicMs } = this.#measuredAt;
    return { ...this.#measures.reading(this.plug, atMs, monotonicMs), feed: this.#dialect.feed };
  }

  get #canBeAsked(): boolean {
    return this.#dialect.asks().some(({ question }) => question !== null);
  }

  get #now(): number {
    return this.#link.clock.monotonicMs();
  }
}
