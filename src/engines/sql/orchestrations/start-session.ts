import type { RunRecord } from '../model/run-record.js';
import type { OrchestrationSession, SessionObserver } from '../../../ports/user-code.js';
import { writeBound } from '../../../ports/child-log.js';
import type { LogFields } from '../../../ports/log.js';
import type { WorkerTerm } from '../live/worker-term.js';

/** Starts the code of an execution, without feeding an event. `undefined` if its name or version is not registered here. */
export function startSession(
  term: WorkerTerm,
  instanceId: string,
  record: RunRecord,
): OrchestrationSession | undefined {
  const { name, version, execution, origin } = record;
  const program = term.ports.userCode.orchestration(name, version ?? 1);
  return program?.start(
    { instanceId, executionId: origin ?? execution, name },
    new RunObserver(term, instanceId, execution, record.trace),
  );
}

class RunObserver implements SessionObserver {
  constructor(
    private readonly term: WorkerTerm,
    private readonly instance: string,
    private readonly execution: string,
    private readonly trace: string | undefined,
  ) {}

  /** The code may continue after the orchestration was evicted, so the orchestration is found by its id. */
  violated(error: unknown): void {
    this.term.failRun(this.instance, this.execution, error);
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
    const { term, instance, execution, trace } = this;
    const traceId = trace === undefined ? {} : { trace_id: trace.slice(3, 35) };
    const { logger } = term.ports;
    const bindings: LogFields = logger.child === undefined ? { instance } : { instance, execution };
    term.batch.afterCommit.push(() => writeBound(logger, level, bindings, { ...traceId, ...fields }, message));
  }
}
