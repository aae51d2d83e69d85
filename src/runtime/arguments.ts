/** Checks of what user code gives to a context. */
import { UnknownOrchestrationError } from '../errors/index.js';
import type { SignalOptions } from '../functions/entity-context.js';
import { instantMs } from '../model/duration.js';
import type { RuntimeSupport } from './support.js';

export function checkOrchestration(support: RuntimeSupport, reference: unknown): string {
  const name = support.classes.orchestrationName(reference);
  const { directory } = support;
  if (!directory.knows('orchestration', name)) {
    throw new UnknownOrchestrationError(name, directory.list('orchestration'));
  }
  return name;
}

/** When a signal is due; `undefined`: at once. */
export function dueOf(options: SignalOptions | undefined): number | undefined {
  return options?.scheduledTime === undefined ? undefined : instantMs(options.scheduledTime, 'scheduledTime');
}
