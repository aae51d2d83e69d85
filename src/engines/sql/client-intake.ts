import { ConnectedIntake, type ConnectedPorts } from './connected/connected-intake.js';
import type { AppenderOptions } from './connected/appender.js';
import { checkCommittedCall, readOnlyEnvironment, runOnCommitted } from './entities/committed-call.js';
import { decodeError } from '../../model/error-details.js';
import type { Intake } from './ports/intake.js';
import type { UserCode } from '../../ports/user-code.js';

/** The intake of a client without a host. Read-only operations run in this process, with its registered code. Everything else runs at the worker. */
export class ClientIntake extends ConnectedIntake implements Intake {
  constructor(
    private readonly own: ConnectedPorts & { readonly userCode: UserCode },
    options: AppenderOptions,
  ) {
    super(own, options);
  }

  async callCommitted(target: string, operation: string, input: string | undefined): Promise<string | undefined> {
    const { userCode, clock } = this.own;
    const name = target.slice(1, target.indexOf('@', 1));
    const program = checkCommittedCall(userCode.entity(name), target, operation);
    const row = await this.read(target);
    const environment = readOnlyEnvironment(() => this.hubTimeMs());
    const outcome = await runOnCommitted(program, target, row, { operation, input }, environment, clock);
    if (outcome.ok) return outcome.result;
    throw decodeError(outcome.error);
  }
}
