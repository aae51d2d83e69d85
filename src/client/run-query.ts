/** Queries of orchestrations, and purging what they find. */
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

/** What `purgeRuns` takes; what is given must hold. */
export interface RunFilter {
  /** The orchestration, or its name: exactly this one. */
  readonly name?: OrchestrationReference<never, unknown> | string | undefined;
  /** One of these. */
  readonly runtimeStatus?: RuntimeStatus | readonly RuntimeStatus[] | undefined;
  /** Created at this instant or later. */
  readonly createdAfter?: Date | number | undefined;
  /** Created before this instant. */
  readonly createdBefore?: Date | number | undefined;
  /** Ended before this instant; runs that go on do not pass. */
  readonly endedBefore?: Date | number | undefined;
  /** How the instance id begins, exactly. */
  readonly instanceIdPrefix?: string | undefined;
  /** Instance id of the run that called it as its sub-orchestration. */
  readonly parentId?: string | undefined;
  /** All of these tags, each with this text. */
  readonly tags?: RunTags | undefined;
}

/** How many runs there are of each status. */
export type RunCounts = { readonly [Status in RuntimeStatus]: number };

/** What `queryRuns` takes; what is given must hold. */
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

/** What names are looked up in. */
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

/** Counts what the filter finds. */
export async function countRuns(filter: RunFilter, ports: Referring, hub: TaskHub): Promise<RunCounts> {
  const found = await hub.countRuns(runFilter(filter, ports));
  return Object.fromEntries(runtimeStatuses.map((status) => [status, found.get(status) ?? 0])) as RunCounts;
}

/** Deletes what the filter finds. Resolves with how many there were. */
export async function purgeRuns(filter: RunFilter, ports: Referring, hub: TaskHub): Promise<number> {
  const ended = runtimeStatuses.filter(hasEnded);
  const found = runFilter(
    { ...filter, runtimeStatus: filter.runtimeStatus === undefined ? ended : filter.runtimeStatus },
    ports,
  );
  checkStatuses(found.statuses ?? [], ended);
  return hub.purgeRuns(found);
}

/** What a query shows of a run. One that cannot be read does not end the query: its error says so. */
export function listedStatusOf(run: RunSnapshot): OrchestrationStatus {
  try {
    return statusOf(run);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return unreadableStatus(run, error);
  }
}

/** Where a query of runs reads. */
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
