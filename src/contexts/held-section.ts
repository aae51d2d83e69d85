import { outside } from '../core/critical-section/section.js';
import type { CriticalSection } from '../functions/orchestration-context.js';
import type { Session } from './session.js';

/** What an orchestrator holds of its critical section. */
export class HeldSection implements CriticalSection {
  /** Without `this`, as all of it: it may be passed on. */
  readonly release: () => void;
  readonly [Symbol.dispose]!: () => void;
  readonly [Symbol.asyncDispose]!: () => Promise<void>;

  /** `task`: of its lock. */
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
