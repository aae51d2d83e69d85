/** Purges orchestration instances that a filter finds, page by page, in bounded steps of their owner. */
import { InvalidOperationError, OrchestrationNotFoundError } from '../../errors/index.js';
import { purgeTarget } from './model/messages.js';
import { readPurgeAnswer, readRunRecord } from './model/stored.js';
import type { Intake } from './ports/intake.js';
import type { InstanceFilter, InstanceRow } from './ports/store.js';

/** Runs that one message asks for, and messages that are under way: enough to keep the owner busy while the next page is read. */
const purgedAtATime = 1_000;
const purgesUnderWay = 2;

/**
 * Purges what the filter finds. The owner gets the ids page by page, looks again, and deletes what still is as it was found; what is in use
 * just then gets a message of its own. Resolves with how many there were.
 */
export async function purgeRuns(filter: InstanceFilter, intake: Intake): Promise<number> {
  // What ends meanwhile is left: new ids sort behind the others, and the walk would never come to an end.
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
    // It is waited for below, also where another one fails before.
    purged.catch(() => {});
    underWay.push(purged);
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

/** Somebody else has purged it, or has had it run again, since it was found. */
function wasThere(error: unknown): false {
  if (error instanceof OrchestrationNotFoundError || error instanceof InvalidOperationError) return false;
  throw error;
}
