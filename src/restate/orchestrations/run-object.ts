/**
 * The virtual object of orchestration instances. It decides about every start, event and command, one after the other for each instance, and
 * keeps the record that clients read. The code of an instance runs in another invocation, its execution, which receives numbered signals.
 *
 *   no instance --start--> running, or pending until its start time --begin--> running
 *   running ⇄ suspended      suspend, resume
 *   not ended --ended, terminate--> ended
 *   ended --start, restart--> running        ended --purge--> no instance
 */
import { hasEnded } from '../../model/runtime-status.js';
import {
  handlers,
  object,
  TerminalError,
  type InvocationId,
  type ObjectContext,
  type ObjectSharedContext,
} from '../sdk.js';
import { handlerLimits, serviceOptions, type Retention } from '../wire/limits.js';
import type {
  Answer,
  CommandMessage,
  ContinuedMessage,
  EndedMessage,
  EventMessage,
  ProgressMessage,
  StartMessage,
} from '../wire/messages.js';
import type { HandlerPorts } from '../wire/ports.js';
import { textOfKey } from '../wire/service-names.js';
import { RunRecords } from './run-records.js';
import { runKey, type StoredRun } from './stored-run.js';

const { exclusive, shared } = handlers.object;

export function runObject(ports: HandlerPorts, retention: Retention) {
  const options = handlerLimits(retention);
  const inner = { ...options, ingressPrivate: true };
  const records = (ctx: ObjectContext) => new RunRecords(ctx, textOfKey(ctx.key), ports);
  return object({
    name: ports.names.runs,
    options: serviceOptions,
    handlers: {
      start: exclusive(options, (ctx: ObjectContext, message: StartMessage): Promise<Answer> =>
        records(ctx).start(message),
      ),
      raise: exclusive(options, (ctx: ObjectContext, message: EventMessage): Promise<Answer> =>
        records(ctx).raise(message),
      ),
      command: exclusive(options, (ctx: ObjectContext, message: CommandMessage): Promise<Answer> =>
        records(ctx).command(message),
      ),
      /** Ends an execution that cannot end by itself. Of an execution that has ended, nothing follows. */
      ended: exclusive(options, (ctx: ObjectContext, message: EndedMessage) => records(ctx).ended(message)),
      begin: exclusive(inner, (ctx: ObjectContext, { execution }: { readonly execution: string }) =>
        records(ctx).begin(execution),
      ),
      continued: exclusive(inner, (ctx: ObjectContext, message: ContinuedMessage) => records(ctx).continued(message)),
      progress: exclusive(inner, (ctx: ObjectContext, message: ProgressMessage) => records(ctx).progress(message)),
      read: shared(options, (ctx: ObjectSharedContext): Promise<StoredRun | null> => ctx.get<StoredRun>(runKey)),
      settled: shared(options, settled),
    },
  });
}

/**
 * Waits until the execution is over. Resolves with whether it has told its end. A client that attaches to an execution can be there before its
 * start is: the start goes from the partition of the record to another one. The request of this handler goes the same way, behind the start.
 */
async function settled(ctx: ObjectSharedContext): Promise<boolean> {
  const run = await ctx.get<StoredRun>(runKey);
  if (run?.invocation === undefined || hasEnded(run.status)) return true;
  try {
    await ctx.invocation(run.invocation as InvocationId).attach();
    return true;
  } catch (error) {
    if (error instanceof TerminalError) return false;
    throw error;
  }
}
