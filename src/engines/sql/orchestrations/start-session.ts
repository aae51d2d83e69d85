import type { RunRecord } from '../../../model/run-record.js';
import type { OrchestrationSession, SessionObserver } from '../../../ports/user-code.js';
import type { Life } from '../live/worker-term.js';

/** Live code for an execution, not fed yet; `undefined` where its name or version is not registered here. */
export function startSession(life: Life, instanceId: string, record: RunRecord): OrchestrationSession | undefined {
  const { name, version, execution, origin } = record;
  const program = life.ports.userCode.orchestration(name, version ?? 1);
  return program?.start(
    { instanceId, executionId: origin ?? execution, name },
    new RunObserver(life, instanceId, execution),
  );
}

class RunObserver implements SessionObserver {
  constructor(
    private readonly life: Life,
    private readonly instance: string,
    private readonly execution: string,
  ) {}

  /** The code may outlive its place in memory: the run is found by its id. */
  violated(error: unknown): void {
    this.life.failRun(this.instance, this.execution, error);
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
    const { life, instance } = this;
    life.batch.afterCommit.push(() => life.ports.logger[level]({ instance, ...fields }, message));
  }
}
