/** What is stored of an orchestration beside its history: the `state` of its instance row. */
import type { ReplyTo } from './messages.js';
import type { RunTags } from './run-start.js';
import type { RuntimeStatus } from './runtime-status.js';

export interface RunRecord {
  readonly name: string;
  /** The version of the code that it is pinned to. Absent: 1. */
  version?: number | undefined;
  /** Names one execution; answers to another one are dropped. Continue-as-new begins a new one. */
  execution: string;
  /** Of a rewound execution: the first of those that it goes on from. Ids and random numbers come out as they did there. */
  origin?: string | undefined;
  status: RuntimeStatus;
  /** JSON text, here and below. */
  input?: string | undefined;
  /** Hash of the input that it was started with, once it has continued as new: a repeated start is known by that one. */
  startedWith?: string | undefined;
  output?: string | undefined;
  error?: string | undefined;
  customStatus?: string | undefined;
  /** Why it was terminated, or is suspended. */
  reason?: string | undefined;
  /** It was started for later: hub time before which it does not begin. Absent once it has begun. */
  startsAtMs?: number | undefined;
  /** The inbox row that begins it then. */
  startRow?: number | undefined;
  /** Absent: none. */
  tags?: RunTags | undefined;
  /** Events that came and were not read, as of its last turn. Absent: none. */
  unread?: { readonly names: readonly string[]; readonly count: number } | undefined;
  /** Names of events that it waits for. Absent: none. */
  awaited?: readonly string[] | undefined;
  parent?: (ReplyTo & { to: 'run' }) | undefined;
  /** History chunks written for this execution. */
  chunks: number;
  /** What they and those not written yet amount to, about, in bytes. */
  historyBytes?: number;
}

/** As `RunRecord.version` holds it. */
export function pinnedTo(version: number | undefined): number | undefined {
  return version === 1 ? undefined : version;
}

/** Whether the code is told nothing for now; what comes for it waits. */
export function isHeld({ status }: RunRecord): boolean {
  return status === 'suspended' || status === 'pending';
}
