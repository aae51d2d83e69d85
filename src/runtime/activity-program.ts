import { runInFrame } from '../functions/ambient.js';
import type { ActivityContext } from '../functions/activity-context.js';
import type { ActivityDefinition } from '../functions/definitions.js';
import { encodeError } from '../model/error-details.js';
import { contextLog } from './log-line.js';
import { encodeWithin, type Limits } from '../model/limits.js';
import { decodeValue } from '../model/values.js';
import type { Logger } from '../ports/log.js';
import type { ActivityOutcome, ActivityProgram, ActivityRequest } from '../ports/user-code.js';

/** Runs an activity definition. */
export class DefinedActivity implements ActivityProgram {
  constructor(
    private readonly definition: ActivityDefinition,
    private readonly logger: Logger,
    private readonly limits: Limits,
  ) {}

  async run({ instanceId, name, input, signal }: ActivityRequest): Promise<ActivityOutcome> {
    const { logger } = this;
    const log = contextLog((level, fields, message) =>
      logger[level]({ instance: instanceId, activity: name, ...fields }, message),
    );
    const context: ActivityContext = { instanceId, activityName: name, signal, log };
    try {
      const run = async () => this.definition.handler(context, decodeValue(input));
      const value: unknown = await runInFrame({ kind: 'activity' }, run, undefined);
      return { ok: true, result: encodeWithin(this.limits, value, 'result') };
    } catch (error) {
      return { ok: false, error: encodeError(error) };
    }
  }
}
