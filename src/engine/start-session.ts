import type { RunRecord } from '../model/run-record.js';
import type { OrchestrationSession, SessionObserver } from '../ports/user-code.js';
import type { Life } from './life.js';

/** Live code for an execution, not fed yet; `undefined` where its name or version is not registered here. */
export function startSession(life: Life, instanceId: string, record: RunRecord): OrchestrationSession | undefined {
  const { name, version, execution, origin } = record;
  const program = life.ports.userCode.orchestration(name, version ?? 1);
  return program?.start(
    { instanceId, executionId: origin ?? execution, name },
    observerOf(life, instanceId, execution),
  );
}

function observerOf(life: Life, instance: string, execution: string): SessionObserver {
  return {
    // The code may outlive its place in memory: the run is found by its id.
    violated: (error: unknown) => life.failRun(instance, execution, error),
    log: (level, fields, message) => {
      life.batch.afterCommit.push(() => life.ports.logger[level]({ instance, ...fields }, message));
    },
  };
}
