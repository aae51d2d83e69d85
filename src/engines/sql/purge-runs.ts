/** Purges orchestration instances that match a filter, page by page, in bounded steps of their owner. */
import { InvalidOperationError, OrchestrationNotFoundError } from '../../errors/index.js';
import { readPurgeAnswer, readRunRecord } from './model/stored.js';
import type { Intake } from './ports/intake.js';
import type { InstanceFilter, InstanceRow } from './ports/store.js';

/**
 * The number of orchestrations in one message, and of messages in progress: enough to keep the owner busy during the read of the next page.
 */
const purgedAtATime = 1_000;
const purgesUnderWay = 2;

/**
 * Purges the orchestrations that match the filter. The owner gets the ids page by page, checks them again, and deletes those that have not
 * changed. An orchestration that is in use gets a message of its own. Resolves with the number of purged orchestrations.
 */
export async function purgeRuns(filter: InstanceFilter, intake: Intake): Promise<number> {
  // Orchestrations that are created later are not purged. Without this limit the walk might never end.
  const toMs = intake.hubTimeMs() + 1;
  const before = { ...filter, createdToMs: Math.min(filter.createdToMs ?? toMs, toMs) };
  const underWay: Promise<number>[] = [];
  let count = 0;
  for (let after: string | undefined, full = true; full;) {
    const page = { limit: purgedAtATime, withState: false };
    const rows = await intake.query(before, after === undefined ? page : { ...page, after });
    full = rows.length === purgedAtATime;
    after = rows.at(-1)?.id;
    const purged = purgePage(rows, intake);
    // The promise is awaited below, also if another one rejects first.
    purged.catch(() => {});
    underWay.push(purged);
    if (underWay.length >= purgesUnderWay) count += await (underWay.shift() as Promise<number>);
  }
  for (const page of underWay) count += await page;
  return count;
}

async function purgePage(rows: readonly InstanceRow[], intake: Intake): Promise<number> {
  if (rows.length === 0) return 0;
  const byOwner = new Map<string, (readonly [id: string, version: number])[]>();
  for (const { id, version } of rows) {
    const target = intake.purgeTarget(id);
    byOwner.set(target, [...(byOwner.get(target) ?? []), [id, version]]);
  }
  const answers = await Promise.all(
    [...byOwner].map(([target, runs]) => intake.apply({ target, body: { kind: 'purgeRuns', runs } })),
  );
  let purged = 0;
  const inUse = new Set<string>();
  for (const answer of answers.map(readPurgeAnswer)) {
    purged += answer.purged;
    for (const id of answer.left) inUse.add(id);
  }
  const alone = await Promise.all(rows.filter(({ id }) => inUse.has(id)).map((row) => purgeAlone(row, intake)));
  return purged + alone.filter(Boolean).length;
}

/** Purges an orchestration that is in use or has changed, by a message in its own queue. One that was started again is not purged. */
async function purgeAlone({ id, status, createdAtMs }: InstanceRow, intake: Intake): Promise<boolean> {
  const row = await intake.read(id);
  if (row === undefined || row.status !== status || row.createdAtMs !== createdAtMs) return false;
  const execution = executionOf(row);
  if (execution === undefined) return false;
  return intake.apply({ target: id, body: { kind: 'purge', execution } }).then(() => true, wasThere);
}

/** `undefined` if the stored record cannot be read. Its owner cannot read it either. */
function executionOf(row: InstanceRow): string | undefined {
  try {
    return readRunRecord(row.id, row.state).execution;
  } catch {
    return undefined;
  }
}

/** Returns `false` if another client has purged or restarted the orchestration meanwhile. @throws every other error */
function wasThere(error: unknown): false {
  if (error instanceof OrchestrationNotFoundError || error instanceof InvalidOperationError) return false;
  throw error;
}
