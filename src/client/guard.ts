/**
 * Refuses a client in places where it would break replay or wait for itself. No method is allowed inside orchestrators and inside
 * operations of entities with effects `'none'`. Methods that wait for an answer are not allowed inside other operations either.
 */
import { ClientInsideTurnError, InvalidOperationError } from '../errors/index.js';
import { currentFrame } from '../functions/ambient.js';

/** Checks a method that sends or reads, and waits for no answer. @throws ClientInsideTurnError */
export function checkMaySend(method: string): void {
  const frame = currentFrame();
  if (frame?.kind === 'orchestration') throw new ClientInsideTurnError(method, 'an orchestrator');
  if (frame?.kind === 'entity' && frame.effects === 'none') {
    throw new ClientInsideTurnError(method, "an operation of an entity declared effects: 'none'");
  }
}

/** Checks a method that waits for an answer. @throws ClientInsideTurnError, InvalidOperationError */
export function checkMayWait(method: string, timeout: unknown, remedy = "Give { timeout: '30s' } or the like."): void {
  const frame = currentFrame();
  if (frame === undefined) return;
  checkMaySend(method);
  if (frame.kind === 'entity') {
    throw new InvalidOperationError(
      `client.${method} cannot be awaited inside an operation of an entity: it could wait for itself.`,
      'Signal instead, or start an orchestration that calls.',
    );
  }
  if (frame.kind === 'activity' && timeout === undefined) {
    throw new InvalidOperationError(
      `client.${method} inside an activity needs a timeout: the orchestration may hold the lock it waits for.`,
      remedy,
    );
  }
}
