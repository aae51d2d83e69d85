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
  /** Calls entities of other workers, one call after the other. */
  | { readonly do: 'callOthers'; readonly calls: number }
  /** Answers with the key of a counter in a partition of this worker. */
  | { readonly do: 'ownKey' }
  | { readonly do: 'call'; readonly key: string }
  | { readonly do: 'partitions' }
  | { readonly do: 'stop' };

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
