import { outside } from '../core/critical-section/section.js';
import type { CriticalSection } from '../functions/orchestration-context.js';
import type { Session } from './session.js';

/** The critical section that an orchestrator gets from `lock`. */
export class HeldSection implements CriticalSection {
  /** Uses no `this`, as all methods here, so that a program may pass it on. */
  readonly release: () => void;
  readonly [Symbol.dispose]!: () => void;
  readonly [Symbol.asyncDispose]!: () => Promise<void>;

  /** @param task task number of the lock */
  constructor(session: Session, task: number) {
    this.release = () => release(session, task);
    this[Symbol.dispose] = this.release;
    this[Symbol.asyncDispose] = () => {
      release(session, task);
      return Promise.resolve();
    };
  }
}

function release(session: Session, task: number): void {
  if (session.section.kind !== 'inside' || session.section.task !== task || session.outcome !== undefined) return;
  session.checkTurn('release');
  session.section = outside;
  session.ask({ task: session.nextTask, kind: 'release', section: task });
}
