import { runInFrame } from '../functions/ambient.js';
import type { ActivityContext } from '../functions/activity-context.js';
import type { ActivityDefinition } from '../functions/definitions.js';
import type { ContextLog } from '../functions/context-log.js';
import { encodeError } from '../model/error-details.js';
import { contextLog, traceField } from './log-line.js';
import { encodeWithin, type ValueRules } from '../model/limits.js';
import { decodeValue } from '../model/values.js';
import { writeBound } from '../ports/child-log.js';
import type { Logger } from '../ports/log.js';
import type { ActivityOutcome, ActivityProgram, ActivityRequest } from '../ports/user-code.js';

/** Runs an activity definition. */
export class DefinedActivity implements ActivityProgram {
  constructor(
    private readonly definition: ActivityDefinition,
    private readonly logger: Logger,
    private readonly limits: ValueRules,
  ) {}

  async run(request: ActivityRequest): Promise<ActivityOutcome> {
    const context = new LiveActivityContext(request, this.logger);
    try {
      const run = async () => this.definition.handler(context, decodeValue(request.input));
      const frame = { kind: 'activity', name: request.name, instanceId: request.instanceId } as const;
      const value: unknown = await runInFrame(frame, run, undefined);
      return { ok: true, result: encodeWithin(this.limits, value, 'result', this.definition) };
    } catch (error) {
      return { ok: false, error: encodeError(error) };
    }
  }
}

/** Context of a running activity. Its log is created when it is used. */
class LiveActivityContext implements ActivityContext {
  readonly instanceId: string;
  readonly activityName: string;
  readonly #request: ActivityRequest;
  readonly #logger: Logger;
  #log: ContextLog | undefined = undefined;

  constructor(request: ActivityRequest, logger: Logger) {
    this.instanceId = request.instanceId;
    this.activityName = request.name;
    this.#request = request;
    this.#logger = logger;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  get log(): ContextLog {
    const { instanceId: instance, activityName: activity } = this;
    const trace = traceField(this.#request.trace);
    this.#log ??= contextLog((level, fields, message) =>
      writeBound(this.#logger, level, { instance, activity }, { ...trace, ...fields }, message),
    );
    return this.#log;
  }
}
