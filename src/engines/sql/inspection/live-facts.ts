/** Facts that only the memory of a worker has. They are not committed, so an inspector shows them apart from the rows. */
import type { EntityLive } from '../../../hub/inspected.js';
import type { WorkerGauges } from '../../../hub/statistics.js';

/** An activity whose row is in memory. `max` activities run at a time. */
export type ActivityFact =
  | { readonly state: 'running'; readonly sinceMs: number }
  | { readonly state: 'waiting'; readonly running: number; readonly max: number };

export interface EntityFact extends EntityLive {
  /** Present if an external operation may not start because `max` others run. */
  readonly slots: { readonly running: number; readonly max: number } | undefined;
}

/** The memory of the worker of this process, as an inspector reads it. */
export interface LiveFacts {
  /** Whether this process runs the instance now, so that its memory is newest. */
  owns(target: string): boolean;
  /** `undefined` if the entity is not in memory. */
  entity(id: string): EntityFact | undefined;
  /** Why the worker could not read the instance. `undefined` if it could, or has not tried. */
  damage(id: string): string | undefined;
  /** The number of messages that wait for an instance in memory, also those that are not committed. */
  waiting(id: string): number;
  /** `undefined` if the row is not in memory. */
  activity(row: number): ActivityFact | undefined;
  /** Whether messages of this target run one at a time, after repeated crashes. */
  isCautious(target: string): boolean;
  /** Ids of locked entities in memory, at most `max`. */
  lockedEntities(max: number): readonly string[];
  /** By partition that this process owns: waiting messages in memory, and whether it is about to be given away. */
  partitions(): ReadonlyMap<number, { readonly backlog: number; readonly leaving: boolean }>;
  gauges(): WorkerGauges;
}
