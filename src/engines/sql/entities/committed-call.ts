/** Runs a read-only operation on the last committed state, on a copy, without waiting for the messages of the entity. */
import { InvalidOperationError } from '../../../errors/index.js';
import { isExpired } from '../model/entity-meta.js';
import type { Clock } from '../../../ports/clock.js';
import type { InstanceRow } from '../ports/store.js';
import type { EntityProgram, OperationOutcome, OperationRequest, TurnEnvironment } from '../../../ports/user-code.js';

/** @throws InvalidOperationError if the operation is not declared readOnly, or this process has no code for the entity */
export function checkCommittedCall(
  program: EntityProgram | undefined,
  entityId: string,
  operation: string,
): EntityProgram {
  if (program === undefined) {
    throw new InvalidOperationError(
      `${entityId} cannot be called on its committed state: its entity is not registered in this process.`,
      "Register it here, or call without { consistency: 'committed' }.",
    );
  }
  if (program.isReadOnly(operation)) return program;
  throw new InvalidOperationError(
    `Operation ${JSON.stringify(operation)} of ${entityId} is not declared readOnly, so it cannot be called on the committed state.`,
    "Declare it: @Operation({ readOnly: true }), or defineEntity(name, { readOnly: ['…'] }, …); or call without { consistency: 'committed' }.",
  );
}

/** The environment of a read-only operation in a process that is not the worker. */
export function readOnlyEnvironment(nowMs: () => number): TurnEnvironment {
  return { nowMs, newInstanceId: () => '', signal: new AbortController().signal, fencingToken: () => 0 };
}

/** Resolves with the outcome of the operation. Never rejects. */
export async function runOnCommitted(
  program: EntityProgram,
  entityId: string,
  row: InstanceRow | undefined,
  request: OperationRequest,
  environment: TurnEnvironment,
  clock: Clock,
): Promise<OperationOutcome> {
  const exists = row !== undefined && !isExpired(row, environment.nowMs());
  const cell = program.open(entityId, (exists ? row.state : null) ?? undefined);
  const started = cell.run(request, environment);
  if (program.effects === 'external' || !(started instanceof Promise)) return started;
  // As in a turn: an operation that is pending after the microtasks are drained has used something outside the entity.
  let outcome: OperationOutcome | undefined;
  void started.then((ended) => (outcome = ended));
  await clock.drain();
  return outcome ?? cell.abandon('effects');
}
