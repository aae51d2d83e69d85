import { outside } from '../core/critical-section/section.js';
import type { CriticalSection } from '../functions/orchestration-context.js';
import type { LiveSession } from './orchestration-session.js';

/** What an orchestrator holds of its critical section. */
export class HeldSection implements CriticalSection {
  /** Without `this`: it may be passed on. */
  readonly release: () => void;

  /** `task`: of its lock. */
  constructor(session: LiveSession, task: number) {
    this.release = () => release(session, task);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }
}

function release(session: LiveSession, task: number): void {
  if (session.section.kind !== 'inside' || session.section.task !== task || session.outcome !== undefined) return;
  session.checkTurn('release');
  session.section = outside;
  session.ask({ task: session.nextTask, kind: 'release', section: task });
}
