/** What is known of one work at one number of units in flight. NaN, in JSON null: not known, or without meaning here. */
export interface Figure {
  readonly work: string;
  readonly inFlight: number;
  readonly perSecond: number;
  /** Of a unit: a signal, a call, an orchestration. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The same rows in the same batches through the same statement, with nothing around. */
  readonly ceilingPerSecond: number;
  readonly commits: number;
  readonly rowsPerMessage: number;
  readonly bytesPerMessage: number;
  /** Share of the time in which the event loop was busy, 0 to 1. */
  readonly loopUse: number;
  /** Of all threads of the process. */
  readonly cpuUsPerMessage: number;
  /** What a work has to say beyond that. */
  readonly more?: Readonly<Record<string, number>>;
}

/** The value that this share (0 to 1) of the values does not exceed; `values` gets sorted. */
export function percentile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}
