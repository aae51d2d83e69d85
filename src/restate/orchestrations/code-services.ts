/** The services that run code of orchestrations and activities: one for each name. */
import type { ActivityProgram } from '../../ports/user-code.js';
import { whenAborted } from '../../core/when-aborted.js';
import { handlers, RestatePromise, service, type Context, type internal } from '../sdk.js';
import { handlerLimits, serviceOptions, type Retention } from '../wire/limits.js';
import type { ActivityAnswer, ActivityMessage, ExecutionMessage } from '../wire/messages.js';
import type { HandlerPorts } from '../wire/ports.js';
import { HostStopping } from '../entities/attempt.js';
import { execute } from './execution.js';

/** Executions of the orchestrations of one name. Only the record of an instance starts them. Clients may attach to them. */
export function orchestrationService(name: string, ports: HandlerPorts, retention: Retention) {
  const options = { ...handlerLimits(retention), explicitCancellation: true };
  return service({
    name: ports.names.orchestration(name),
    options: { ...serviceOptions, ingressPrivate: true },
    handlers: {
      run: handlers.handler(options, (ctx: Context, message: ExecutionMessage) => execute(ctx, message, ports)),
    },
  });
}

export function activityService(name: string, program: ActivityProgram, ports: HandlerPorts, retention: Retention) {
  const options = { ...handlerLimits(retention), explicitCancellation: true };
  return service({
    name: ports.names.activity(name),
    options: { ...serviceOptions, ingressPrivate: true },
    handlers: {
      run: handlers.handler(options, (ctx: Context, message: ActivityMessage) =>
        runActivity(ctx, name, message, program, ports),
      ),
    },
  });
}

async function runActivity(
  ctx: Context,
  name: string,
  { instance, input }: ActivityMessage,
  program: ActivityProgram,
  { clock, stopped }: HandlerPorts,
): Promise<ActivityAnswer> {
  const aborter = new AbortController();
  const forget = whenAborted(stopped, () => aborter.abort(stopped.reason));
  const work = ctx.run('activity', async (): Promise<ActivityAnswer> => {
    const outcome = await program.run({ instanceId: instance, name, input, signal: aborter.signal });
    if (!outcome.ok && stopped.aborted) throw new HostStopping();
    const answer = outcome.ok ? ({ ok: true, value: outcome.result } as const) : outcome;
    return { answer, atMs: clock.wallMs() };
  });
  const cancelled = (ctx as internal.ContextInternal).cancellation().map((): ActivityAnswer | undefined => undefined);
  const answer = await RestatePromise.race<readonly RestatePromise<ActivityAnswer | undefined>[]>([work, cancelled]);
  forget();
  if (answer !== undefined) return answer;
  aborter.abort(new Error('The result of this activity is not needed any more.'));
  return { answer: { ok: true }, atMs: 0 };
}
