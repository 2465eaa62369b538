/** Tells each trouble once, until it is over. */
export class Troubles {
  readonly #tell: (what: string) => void;
  readonly #told = new Set<string>();

  constructor(tell: (what: string) => void) {
    this.#tell = tell;
  }

  /** @param about names the trouble: said again only after `over(about)` */
  tell(about: string, what: string): void {
    if (this.#told.has(about)) return;
    this.#told.add(about);
    this.#tell(what);
  }

  over(about: string): void {
    this.#told.delete(about);
  }

  /** Tells what was found and is new; what was looked for and not found (null) is over. */
  tellAll(findings: Record<string, string | null>): void {
    for (const [about, what] of Object.entries(findings)) {
      if (what === null) this.over(about);
      else this.tell(about, what);
    }
  }
}
