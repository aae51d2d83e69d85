/** Queries, counts and purges of orchestration instances. */
import { InvalidArgumentError, StorageError } from '../errors/index.js';
import { quoted } from '../errors/text.js';
import type { OrchestrationReference } from '../functions/references.js';
import type { ClassSupport } from '../functions/support.js';
import { instantMs } from '../model/duration.js';
import { hasEnded, runtimeStatuses, type RuntimeStatus } from '../model/runtime-status.js';
import { listOf, type OptionNames } from '../model/options.js';
import { checkInstanceId } from '../model/arguments.js';
import { checkTags, type RunTags } from '../model/run-start.js';
import { idProblem } from '../model/text.js';
import type { RunFilter as HubRunFilter, RunSnapshot } from '../hub/snapshots.js';
import type { TaskHub } from '../hub/task-hub.js';
import { unknownOrchestration, type Names } from '../ports/names.js';
import { pageOptions, type PageOptions, type QuerySource } from './query.js';
import { statusOf, unreadableStatus, type OrchestrationStatus } from './run-status.js';

/** Conditions of `purgeRuns` and `countRuns`. A run is selected if all given conditions hold. */
export interface RunFilter {
  /** The orchestration, or its exact name. */
  readonly name?: OrchestrationReference<never, unknown> | string | undefined;
  /** The status, or a list of statuses of which the run has one. */
  readonly runtimeStatus?: RuntimeStatus | readonly RuntimeStatus[] | undefined;
  /** Created at this instant or later. A number is ms since 1970 (UTC). */
  readonly createdAfter?: Date | number | undefined;
  /** Created before this instant. A number is ms since 1970 (UTC). */
  readonly createdBefore?: Date | number | undefined;
  /** Ended before this instant. A number is ms since 1970 (UTC). Runs that have not ended are not selected. */
  readonly endedBefore?: Date | number | undefined;
  /** Beginning of the instance id. Upper and lower case differ. */
  readonly instanceIdPrefix?: string | undefined;
  /** Instance id of the run that called it as its sub-orchestration. */
  readonly parentId?: string | undefined;
  /** Tags that the run has, each with this text. */
  readonly tags?: RunTags | undefined;
}

/** Number of runs of each status. */
export type RunCounts = { readonly [Status in RuntimeStatus]: number };

/** Conditions of `queryRuns`. A run is selected if all given conditions hold. */
export interface RunQuery extends RunFilter, PageOptions {}

export const runFilterOptions: OptionNames<RunFilter> = {
  name: true,
  runtimeStatus: true,
  createdAfter: true,
  createdBefore: true,
  endedBefore: true,
  parentId: true,
  tags: true,
  instanceIdPrefix: true,
};

export const runQueryOptions: OptionNames<RunQuery> = { ...runFilterOptions, ...pageOptions };

/** Ports that resolve the names of orchestrations. */
interface Referring {
  readonly classes: ClassSupport;
  readonly names: Names;
}

export function runFilter(query: RunFilter, { classes, names }: Referring): HubRunFilter {
  const { runtimeStatus, instanceIdPrefix = '' } = query;
  const name = query.name === undefined ? undefined : classes.orchestrationName(query.name);
  const unknown = name === undefined ? undefined : unknownOrchestration(names, name, undefined);
  if (unknown !== undefined) throw unknown;
  const problem = idProblem(instanceIdPrefix);
  if (problem !== undefined) {
    throw new InvalidArgumentError('instanceIdPrefix', problem, 'Give the beginning of an instance id.');
  }
  return {
    idPrefix: instanceIdPrefix,
    ...(name !== undefined && { name }),
    ...(runtimeStatus !== undefined && {
      statuses: checkStatuses(listOf(runtimeStatus) ?? [runtimeStatus], runtimeStatuses),
    }),
    ...(query.createdAfter !== undefined && { createdFromMs: instantMs(query.createdAfter, 'createdAfter') }),
    ...(query.createdBefore !== undefined && { createdToMs: instantMs(query.createdBefore, 'createdBefore') }),
    ...(query.endedBefore !== undefined && { endedBeforeMs: instantMs(query.endedBefore, 'endedBefore') }),
    ...(query.parentId !== undefined && { parent: checkInstanceId(query.parentId) }),
    ...(query.tags !== undefined && { tags: Object.entries(checkTags(query.tags)) }),
  };
}

function checkStatuses(given: readonly unknown[], known: readonly RuntimeStatus[]): readonly RuntimeStatus[] {
  const wrong = given.find((status) => !known.includes(status as RuntimeStatus));
  if (wrong === undefined) return [...new Set(given)] as RuntimeStatus[];
  throw new InvalidArgumentError('runtimeStatus', `${quoted(wrong)} is not one of ${known.join(', ')}`);
}

/** Counts the runs that the filter selects, by status. */
export async function countRuns(filter: RunFilter, ports: Referring, hub: TaskHub): Promise<RunCounts> {
  const found = await hub.countRuns(runFilter(filter, ports));
  return Object.fromEntries(runtimeStatuses.map((status) => [status, found.get(status) ?? 0])) as RunCounts;
}

/** Deletes the runs that the filter selects. Resolves with their number. */
export async function purgeRuns(filter: RunFilter, ports: Referring, hub: TaskHub): Promise<number> {
  const ended = runtimeStatuses.filter(hasEnded);
  const found = runFilter(
    { ...filter, runtimeStatus: filter.runtimeStatus === undefined ? ended : filter.runtimeStatus },
    ports,
  );
  checkStatuses(found.statuses ?? [], ended);
  return hub.purgeRuns(found);
}

/** The status that a query returns. An unreadable run does not end the query: its status has the error. */
export function listedStatusOf(run: RunSnapshot): OrchestrationStatus {
  try {
    return statusOf(run);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return unreadableStatus(run, error);
  }
}

/** Source of a query of runs. */
export function runSource(hub: TaskHub, filter: HubRunFilter): QuerySource<OrchestrationStatus> {
  return {
    kind: 'orchestration',
    async read(page) {
      return (await hub.queryRuns(filter, page)).map((run) => [run.id, listedStatusOf(run)] as const);
    },
    async count() {
      let sum = 0;
      for (const count of (await hub.countRuns(filter)).values()) sum += count;
      return sum;
    },
  };
}
