/** What the measuring process and the workers of a cluster tell each other. */

export type Order =
  | {
      readonly do: 'drive';
      readonly work: string;
      readonly inFlight: number;
      readonly ms: number;
      /** The first unit of this worker, and the distance to its next one: workers share the units. */
      readonly from: number;
      readonly step: number;
    }
  | { readonly do: 'prepare' | 'settle'; readonly work: string }
  | { readonly do: 'check'; readonly work: string; readonly units: number }
  /** Calls an entity, one call after the other: of this worker, or of another one. */
  | { readonly do: 'callOne'; readonly isOwn: boolean; readonly calls: number }
  /** Answers with the times of the commits since the last such order, in ms. */
  | { readonly do: 'commitTimes' }
  /** Answers with the key of a counter in a partition of this worker. */
  | { readonly do: 'ownKey' }
  | { readonly do: 'call'; readonly key: string }
  | { readonly do: 'partitions' }
  /** Answers with `Moves`. */
  | { readonly do: 'moves' }
  /** Stops the worker. Answers with `Moves`. */
  | { readonly do: 'stop' };

/** When partitions moved last, in milliseconds since 1970, with fractions. 0 if none has moved. */
export interface Moves {
  /** When the batch was sealed that gave partitions away: from then on they stand still. */
  readonly sealedMs: number;
  /** When partitions that came here could go on. */
  readonly gainedMs: number;
}

/** The answer to `drive`. */
export interface Driven {
  readonly units: number;
  readonly elapsedMs: number;
  readonly cpuUs: number;
  readonly commits: number;
  /** Messages that were sent to other workers. */
  readonly away: number;
  readonly latencies: readonly number[];
}
