/** Makes what offair needs in the database: the database with its retention, and the summaries. */
export interface SetUp {
  /**
   * Everything may exist already; what differs is changed.
   * @throws Error when the server can't be reached or does not work now
   */
  prepare(): Promise<Prepared>;
  /**
   * Makes the summaries of a period anew, UTC ms: of points that came too late for the database's own.
   * @throws InfluxRefused, Error like `prepare`
   */
  summarise(fromMs: number, toMs: number): Promise<void>;
  /** Breaks off what is under way. */
  close(): void;
}
/** What could not be made, in the server's words; null when it is there. */
export interface Prepared {
  database: string | null;
  summaries: string | null;
  /** The other studios of the database, for whose sake its retention was not made shorter. */
  keptFor: readonly string[];
}

/** The server said no: rights or credentials, or it does not know the request. */
export class InfluxRefused extends Error {
  override name = 'InfluxRefused';
}
