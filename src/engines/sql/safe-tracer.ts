import type { HubTracer } from '../../hub/tracer.js';
import type { Logger } from '../../ports/log.js';

/** Guards a tracer for the worker: its errors must not end the work that it traces. The first error is logged. */
export function safeTracer(tracer: HubTracer | undefined, logger: Logger): HubTracer | undefined {
  if (tracer === undefined) return undefined;
  let reported = false;
  const report = (error: unknown) => {
    if (!reported)
      logger.error({ error }, 'The tracer of the task hub threw an error. Its later errors are not logged.');
    reported = true;
  };
  return {
    sending: (message, send) => tracer.sending(message, send),
    within(trace, work) {
      let result: { readonly of: ReturnType<typeof work> } | undefined;
      const run = () => (result ??= { of: work() }).of;
      try {
        return tracer.within(trace, run);
      } catch (error) {
        report(error);
        return run();
      }
    },
    ended(work) {
      try {
        tracer.ended(work);
      } catch (error) {
        report(error);
      }
    },
  };
}
