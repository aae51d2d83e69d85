import type { DurableTimer } from '../functions/orchestration-context.js';
import { instantMs } from '../model/duration.js';
import type { Session } from './session.js';

/**
 * Starts a durable timer.
 * @param limits a task that fails when the timer is due, unless it was answered before; `ms` is its time limit
 */
export function startTimer(
  session: Session,
  atMs: number,
  limits?: { readonly task: number; readonly ms: number },
): DurableTimer {
  const dueMs = instantMs(atMs, 'due');
  const task = session.ask({ task: session.nextTask, kind: 'timer', dueMs, limits });
  const promise = session.tasks.open<void>(task);
  const cancel = () => {
    if (session.outcome !== undefined) return;
    session.checkTurn('createTimer().cancel');
    session.tasks.promises.untrack(promise);
    if (session.tasks.take(task) === undefined) return;
    session.ask({ task: session.nextTask, kind: 'cancelTimer', timer: task });
  };
  return Object.assign(promise, { cancel });
}
