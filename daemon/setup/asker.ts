import * as clack from '@clack/prompts';

/** The person said stop: nothing is written. */
export class Cancelled extends Error {
  override name = 'Cancelled';
}

interface TextQuestion {
  question: string;
  /** What is offered, to be changed or taken. */
  initial?: string;
  /** What is wrong with an answer; null when it is right. */
  wrong?(answer: string): string | null;
}

/** Asks a person. Every method throws `Cancelled` when they leave. */
export interface Asker {
  begin(title: string): void;
  end(text: string): void;
  text(question: TextQuestion): Promise<string>;
  /** '' when nothing was typed. */
  password(question: string): Promise<string>;
  confirm(question: string, initial: boolean): Promise<boolean>;
  choose<Choice extends string>(
    question: string,
    choices: Record<Choice, string>,
    initial: NoInfer<Choice>,
  ): Promise<Choice>;
  /** Something to read. */
  say(text: string): void;
  warn(text: string): void;
  /** Shows that something goes on until it is over; `step` says more of it. */
  busy<T>(text: string, work: (step: (text: string) => void) => Promise<T>): Promise<T>;
}

/** A person at a terminal. */
export const terminalAsker: Asker = {
  begin: (title) => clack.intro(title),
  end: (text) => clack.outro(text),
  async text({ question, initial, wrong }) {
    const validate = (answer: string | undefined) => wrong?.((answer ?? '').trim()) ?? undefined;
    const options = { message: question, validate, ...(initial !== undefined && { initialValue: initial }) };
    return ((await answered(clack.text(options))) ?? '').trim();
  },
  async password(question) {
    return (await answered(clack.password({ message: question }))) ?? '';
  },
  confirm: (message, initialValue) => answered(clack.confirm({ message, initialValue })),
  async choose(message, choices, initial) {
    const options = Object.entries<string>(choices).map(([value, label]) => ({ value, label }));
    const chosen = await answered(clack.select<string>({ message, options, initialValue: initial }));
    return chosen as typeof initial;
  },
  say: (text) => clack.log.info(text),
  warn: (text) => clack.log.warn(text),
  async busy(text, work) {
    const spinner = clack.spinner();
    spinner.start(text);
    try {
      const done = await work((step) => spinner.message(step));
      spinner.stop(text);
      return done;
    } catch (error) {
      spinner.error(text);
      throw error;
    }
  },
};

async function answered<T>(answer: Promise<T>): Promise<Exclude<T, symbol>> {
  const said = await answer;
  if (clack.isCancel(said)) throw new Cancelled('stopped: nothing was written');
  return said as Exclude<T, symbol>;
}
