/** Ports of an inspector of this engine: the store, and the knowledge of its process. */
import type { HubOverview, OperationType } from '../../../hub/inspector.js';
import type { HubStatistics } from '../../../hub/statistics.js';
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/log.js';
import type { InstanceWrite, Store } from '../ports/store.js';
import type { LiveFacts } from './live-facts.js';

/** The code that a process has registered. */
export interface RegisteredCode {
  readonly entities: readonly {
    /** In lower case. */
    readonly name: string;
    readonly effects: 'none' | 'external';
    readonly expireAfterMs: number | undefined;
    /** `undefined` if the operations are not declared. */
    readonly operations: readonly OperationType[] | undefined;
  }[];
  /** Versions, the highest first. */
  readonly orchestrations: readonly { readonly name: string; readonly versions: readonly number[] }[];
  readonly activities: readonly string[];
}

/** Passes on what the worker of this process commits. Returns a function that stops the calls. */
export type ListenToCommits = (listener: (writes: readonly InstanceWrite[]) => void) => () => void;

export interface InspectionPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly partitionCount: number;
  /** The name of this process in the table of workers. */
  readonly process: string;
  hubTimeMs(): number;
  role(): HubOverview['role'];
  /** The incarnation of the worker of this process. `undefined` without a worker. */
  incarnation(): number | undefined;
  /** Absent in a client without a host. */
  readonly facts?: LiveFacts | undefined;
  /** Absent in a process that runs no code. */
  readonly code?: RegisteredCode | undefined;
  /** Absent in a client without a host. */
  readonly commits?: ListenToCommits | undefined;
  /** Absent in a client without a host. */
  readonly statistics?: (() => HubStatistics) | undefined;
}
