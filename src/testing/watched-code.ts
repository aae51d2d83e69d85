/** A wrapper of user code that tracks code outside of turns (`OutsideWork`), and applies planned faults (`FaultPlan`). */
import { encodeError } from '../model/error-details.js';
import type {
  ActivityProgram,
  EntityCell,
  EntityProgram,
  OperationOutcome,
  OperationRequest,
  OrchestrationProgram,
  TurnEnvironment,
  UserCode,
} from '../ports/user-code.js';
import type { FaultPlan } from './fault-plan.js';
import type { OutsideWork } from './outside-work.js';

export class WatchedCode implements UserCode {
  readonly names: readonly string[];

  constructor(
    private readonly inner: UserCode,
    private readonly work: OutsideWork,
    private readonly plan: FaultPlan,
  ) {
    this.names = inner.names;
  }

  entity(name: string): EntityProgram | undefined {
    const program = this.inner.entity(name);
    if (program === undefined || program.effects === 'none') return program;
    const { work, plan } = this;
    return {
      name: program.name,
      effects: program.effects,
      expireAfterMs: program.expireAfterMs,
      attemptsOf: (operation) => program.attemptsOf(operation),
      isReadOnly: (operation) => program.isReadOnly(operation),
      open: (id, state) => new WatchedCell(program.open(id, state), name, id, work, plan),
    };
  }

  orchestration(name: string, version?: number): OrchestrationProgram | undefined {
    return this.inner.orchestration(name, version);
  }

  activity(name: string): ActivityProgram | undefined {
    const program = this.inner.activity(name);
    if (program === undefined) return undefined;
    return {
      run: async (request) => {
        const error = this.plan.activityFailure(name);
        if (error !== undefined) return { ok: false, error: encodeError(error) };
        this.plan.begins('activity', name);
        const what = `activity ${name} of ${JSON.stringify(request.instanceId)}`;
        const outcome = await this.work.run(what, () => program.run(request));
        this.plan.ended('activity', name);
        return outcome;
      },
    };
  }
}

/** An entity whose operations may do I/O. */
class WatchedCell implements EntityCell {
  constructor(
    private readonly inner: EntityCell,
    private readonly name: string,
    private readonly id: string,
    private readonly work: OutsideWork,
    private readonly plan: FaultPlan,
  ) {}

  run(request: OperationRequest, environment: TurnEnvironment): OperationOutcome | Promise<OperationOutcome> {
    const { name, plan } = this;
    const { operation } = request;
    plan.begins('entity', name, operation);
    const what = `operation ${operation} of ${this.id}`;
    const outcome = this.work.run(what, () => this.inner.run(request, environment));
    if (outcome instanceof Promise) {
      return outcome.then((settled) => {
        plan.ended('entity', name, operation);
        return settled;
      });
    }
    plan.ended('entity', name, operation);
    return outcome;
  }

  abandon(reason: 'effects' | 'stopped'): OperationOutcome {
    return this.inner.abandon(reason);
  }

  expire(): void {
    this.inner.expire();
  }

  encodeState(): string | undefined {
    return this.inner.encodeState();
  }

  get exists(): boolean {
    return this.inner.exists;
  }
}
