/**
 * Runs signals that one client sends together. Each takes effect or fails by itself. Operations that touch only the entity are recorded
 * together: a crash before that repeats all of them on the old state, and a crash after it repeats none.
 */
import type { EntityEffect } from '../../ports/user-code.js';
import type { ObjectContext } from '../sdk.js';
import type { OperationMessage } from '../wire/messages.js';
import { rawText } from '../wire/texts.js';
import { openCell, runOnce, type LogLine } from './attempt.js';
import type { Operations } from './operations.js';
import { entityKey, readEntity, type StoredEntity } from './stored-entity.js';

/** The maximum number of characters in the messages of operations that are recorded together, but for those of the last one. */
const charactersMax = 1_000_000;

/** Outcomes of operations, in their order, as the journal records them. */
interface Recorded {
  readonly outcomes: readonly ({ readonly atMs: number } & (
    { readonly effects: readonly EntityEffect[]; readonly error?: undefined } | { readonly error: string }
  ))[];
  /** Absent if the state is as before. */
  readonly written?: { readonly state?: string | undefined } | undefined;
}

export async function runBatch(
  ctx: ObjectContext,
  messages: readonly OperationMessage[],
  operations: Operations,
): Promise<void> {
  if (operations.program.effects === 'external') {
    for (const message of messages) await operations.run(ctx, message);
    return;
  }
  for (let done = 0; done < messages.length;) {
    const stored = readEntity(await ctx.get(entityKey, rawText));
    const rest = messages.slice(done);
    let lines: readonly LogLine[] | undefined;
    const recorded = await ctx.run('operations', async () => {
      const ran = await runTogether(operations, operations.entityId(ctx), stored, rest);
      ({ lines } = ran);
      return ran.recorded;
    });
    await apply(ctx, operations, { stored, recorded, messages: rest, lines });
    done += recorded.outcomes.length;
  }
}

/** Runs operations one after the other, at least one. */
async function runTogether(
  { program, ports }: Operations,
  entityId: string,
  stored: StoredEntity | undefined,
  messages: readonly OperationMessage[],
): Promise<{ readonly recorded: Recorded; readonly lines: readonly LogLine[] }> {
  const cell = openCell(program, entityId, stored, ports.clock.wallMs());
  const outcomes: Recorded['outcomes'][number][] = [];
  const lines: LogLine[] = [];
  let characters = 0;
  let changed = false;
  for (const { operation, input } of messages) {
    const running = runOnce(program, cell, { operation, input }, ports);
    const run = running instanceof Promise ? await running : running;
    const { outcome, atMs } = run;
    for (const line of run.lines) lines.push(line);
    if (outcome.ok) {
      changed ||= outcome.changed;
      outcomes.push({ atMs, effects: outcome.effects });
      for (const effect of outcome.effects) characters += 'input' in effect ? (effect.input?.length ?? 0) : 0;
    } else {
      outcomes.push({ atMs, error: outcome.error });
      characters += outcome.error.length;
    }
    if (characters > charactersMax) break;
  }
  return { recorded: { outcomes, written: changed ? { state: cell.encodeState() } : undefined }, lines };
}

interface Ran {
  readonly stored: StoredEntity | undefined;
  readonly recorded: Recorded;
  readonly messages: readonly OperationMessage[];
  /** Lines that the operations logged. `undefined` in a replay. */
  readonly lines: readonly LogLine[] | undefined;
}

async function apply(ctx: ObjectContext, operations: Operations, ran: Ran): Promise<void> {
  const { outcomes, written } = ran.recorded;
  operations.writeLines(ran.lines ?? []);
  if (written !== undefined) operations.write(ctx, ran.stored, written.state, outcomes.at(-1)?.atMs ?? 0);
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.error === undefined) await operations.send(ctx, outcome.effects, outcome.atMs);
    else if (ran.lines !== undefined) {
      operations.reportFailed(ctx, (ran.messages[index] as OperationMessage).operation, outcome.error);
    }
  }
}
