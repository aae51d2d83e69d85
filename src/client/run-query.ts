/** Queries of orchestrations, and purging what they find. */
import {
  InvalidArgumentError,
  InvalidOperationError,
  OrchestrationNotFoundError,
  StorageError,
} from '../errors/index.js';
import { quoted } from '../errors/text.js';
import type { OrchestrationReference } from '../functions/references.js';
import type { ClassSupport } from '../functions/support.js';
import { instantMs } from '../model/duration.js';
import { hasEnded, runtimeStatuses, type RuntimeStatus } from '../model/runtime-status.js';
import { listOf, type OptionNames } from '../model/options.js';
import { purgeTarget } from '../model/messages.js';
import { readPurgeAnswer, readRunRecord } from '../model/stored.js';
import { checkInstanceId } from '../model/arguments.js';
import { checkTags, type RunTags } from '../model/run-start.js';
import { idProblem } from '../model/text.js';
import type { Intake } from '../ports/intake.js';
import { unknownOrchestration, type Names } from '../ports/names.js';
import type { InstanceFilter, InstanceRow } from '../engines/sql/ports/store.js';
import { pageOptions, Query, type PageOptions } from './query.js';
import { statusOf, type OrchestrationStatus } from './run-status.js';

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

export function runFilter(query: RunFilter, { classes, names }: Referring): InstanceFilter {
  const { runtimeStatus, instanceIdPrefix = '' } = query;
  const name = query.name === undefined ? undefined : classes.orchestrationName(query.name);
  const unknown = name === undefined ? undefined : unknownOrchestration(names, name, undefined);
  if (unknown !== undefined) throw unknown;
  const problem = idProblem(instanceIdPrefix);
  if (problem !== undefined) {
    throw new InvalidArgumentError('instanceIdPrefix', problem, 'Give the beginning of an instance id.');
  }
  return {
    kind: 'orchestration',
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
export async function countRuns(filter: RunFilter, ports: Referring, intake: Intake): Promise<RunCounts> {
  const counts = new Map(runtimeStatuses.map((status) => [status, 0]));
  for (const { status, count } of await intake.count(runFilter(filter, ports))) {
    counts.set(status as RuntimeStatus, count);
  }
  return Object.fromEntries(counts) as RunCounts;
}

/** Runs that one message asks for, and messages that are under way: enough to keep the owner busy while the next page is read. */
const purgedAtATime = 500;
const purgesUnderWay = 2;

/**
 * Purges what the filter finds. The owner gets the ids page by page, looks again, and deletes what still is as it was found; what is in use
 * just then gets a message of its own. Resolves with how many there were.
 */
export async function purgeRuns(filter: RunFilter, ports: Referring, intake: Intake): Promise<number> {
  const ended = runtimeStatuses.filter(hasEnded);
  const found = runFilter(
    { ...filter, runtimeStatus: filter.runtimeStatus === undefined ? ended : filter.runtimeStatus },
    ports,
  );
  checkStatuses(found.statuses ?? [], ended);
  // What ends meanwhile is left: new ids sort behind the others, and the walk would never come to an end.
  const toMs = intake.hubTimeMs() + 1;
  const before = { ...found, createdToMs: Math.min(found.createdToMs ?? toMs, toMs) };
  const query = new Query('purgeRuns', intake, before, false, (row) => row, { pageSize: purgedAtATime });
  const underWay: Promise<number>[] = [];
  let count = 0;
  for await (const { items } of query.pages()) {
    const page = purgePage(items, intake);
    // It is waited for below, also where another one fails before.
    page.catch(() => {});
    underWay.push(page);
    if (underWay.length >= purgesUnderWay) count += await (underWay.shift() as Promise<number>);
  }
  for (const page of underWay) count += await page;
  return count;
}

async function purgePage(rows: readonly InstanceRow[], intake: Intake): Promise<number> {
  if (rows.length === 0) return 0;
  const runs = rows.map(({ id, version }) => [id, version] as const);
  const answer = await intake.apply({ target: purgeTarget, body: { kind: 'purgeRuns', runs } });
  const { purged, left } = readPurgeAnswer(answer);
  const inUse = new Set(left);
  const alone = await Promise.all(rows.filter(({ id }) => inUse.has(id)).map((row) => purgeAlone(row, intake)));
  return purged + alone.filter(Boolean).length;
}

/** It is in use, or has changed since it was found: its own queue decides. One that ran again is another one. */
async function purgeAlone({ id, status, createdAtMs }: InstanceRow, intake: Intake): Promise<boolean> {
  const row = await intake.read(id);
  if (row === undefined || row.status !== status || row.createdAtMs !== createdAtMs) return false;
  const execution = executionOf(row);
  if (execution === undefined) return false;
  return intake.apply({ target: id, body: { kind: 'purge', execution } }).then(() => true, wasThere);
}

/** `undefined`: what is stored of it cannot be read, by its owner neither. */
function executionOf(row: InstanceRow): string | undefined {
  try {
    return readRunRecord(row.id, row.state).execution;
  } catch {
    return undefined;
  }
}

/** What a query shows of a run. One that cannot be read does not end the query: its error says so. */
export function listedStatusOf(row: InstanceRow): OrchestrationStatus {
  try {
    return statusOf(row) as OrchestrationStatus;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return {
      instanceId: row.id,
      name: row.name,
      version: 1,
      runtimeStatus: row.status as RuntimeStatus,
      customStatus: undefined,
      input: undefined,
      output: undefined,
      error,
      reason: undefined,
      scheduledTime: undefined,
      missingCode: [],
      parentId: undefined,
      tags: {},
      unreadEvents: [],
      unreadEventCount: 0,
      awaitedEvents: [],
      createdAt: new Date(row.createdAtMs),
      lastUpdatedAt: new Date(row.updatedAtMs),
    };
  }
}

/** Somebody else has purged it, or has had it run again, since it was found. */
function wasThere(error: unknown): false {
  if (error instanceof OrchestrationNotFoundError || error instanceof InvalidOperationError) return false;
  throw error;
}
