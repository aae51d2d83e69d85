/** The figures of one work at one number of units in flight. NaN (null in JSON) if a figure is unknown or has no meaning. */
export interface Figure {
  readonly work: string;
  readonly inFlight: number;
  readonly perSecond: number;
  /** Latency of a unit: a signal, a call, an orchestration. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The rate of the same batches through the same statement, without the engine. */
  readonly ceilingPerSecond: number;
  /**
   * The rate of the same rows by one prepared statement a row, in a transaction for each batch, on the tables of version 0.1. Does not
   * change when the statement or the tables of the library do. Absent if it has no meaning.
   */
  readonly fixedCeilingPerSecond?: number;
  readonly commits: number;
  readonly rowsPerMessage: number;
  readonly bytesPerMessage: number;
  /** Share of the time in which the event loop was busy, 0 to 1. */
  readonly loopUse: number;
  /** CPU time of all threads of the process. */
  readonly cpuUsPerMessage: number;
  /** More figures of a work. */
  readonly more?: Readonly<Record<string, number>>;
}

/** The value that this share (0 to 1) of the values does not exceed. Sorts `values`. */
export function percentile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}
