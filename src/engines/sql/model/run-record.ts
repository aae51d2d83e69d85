/** The stored record of an orchestration instance, without its history: the column `state` of its row. */
import type { ReplyTo } from './messages.js';
import type { RunTags } from '../../../model/run-start.js';
import type { RuntimeStatus } from '../../../model/runtime-status.js';

export interface RunRecord {
  readonly name: string;
  /** The version of the code that the run is pinned to. Absent for version 1. */
  version?: number | undefined;
  /** The id of the present execution. Answers to other executions are dropped. *Continue as new* begins a new execution. */
  execution: string;
  /** The execution from which the seed of ids and random numbers comes: the first one of a chain of rewinds. Absent if not rewound. */
  origin?: string | undefined;
  status: RuntimeStatus;
  /** JSON text, here and below. Absent without an input, and if `inputIn` is present. */
  input?: string | undefined;
  /**
   * `history` if the `started` event in chunk 0 of the present execution holds the input, and the record does not. The record is written with
   * each turn, so it holds small inputs only. Records of 0.1 hold inputs of any size.
   */
  inputIn?: 'history' | undefined;
  /**
   * Hash of the first input, present after *continue as new*, and if the history holds the input. The worker recognizes a repeated start by
   * this hash.
   */
  startedWith?: string | undefined;
  output?: string | undefined;
  error?: string | undefined;
  customStatus?: string | undefined;
  /** The reason given for a termination or suspension. */
  reason?: string | undefined;
  /** Hub time before which a scheduled run does not begin. Absent once the run has begun. */
  startsAtMs?: number | undefined;
  /** The inbox row that begins a scheduled run. */
  startRow?: number | undefined;
  /** The tags of the run. Absent if there are no tags. */
  tags?: RunTags | undefined;
  /** By task: code that the run waits for and that its worker has not registered. Absent if no code is missing. */
  missing?: { readonly [task: string]: string } | undefined;
  /** Events that arrived and were not read, as of the last turn. Absent if there are no such events. */
  unread?: { readonly names: readonly string[]; readonly count: number } | undefined;
  /** Names of events that the code waits for. Absent if there are no such events. */
  awaited?: readonly string[] | undefined;
  parent?: (ReplyTo & { to: 'run' }) | undefined;
  /** The trace of the start. Absent if its sender was not sampled. */
  trace?: string | undefined;
  /** History chunks written for this execution. */
  chunks: number;
  /** The approximate size of the history in bytes, including chunks that are not written yet. */
  historyBytes?: number;
}

/** A version in the form of `RunRecord.version`: `undefined` for version 1. */
export function pinnedTo(version: number | undefined): number | undefined {
  return version === 1 ? undefined : version;
}

/** Tells whether the engine feeds the code nothing for now, so that messages for the run wait. */
export function isHeld({ status }: RunRecord): boolean {
  return status === 'suspended' || status === 'pending';
}
