/** Checks of what user code gives to a context. */
import type { SignalOptions } from '../functions/entity-context.js';
import { checkVersion } from '../model/arguments.js';
import { instantMs } from '../model/duration.js';
import { unknownOrchestration } from '../ports/names.js';
import type { RuntimeSupport } from './support.js';

export function checkOrchestration(support: RuntimeSupport, reference: unknown, version: number | undefined): string {
  const name = support.classes.orchestrationName(reference);
  if (version !== undefined) checkVersion(version);
  const unknown = unknownOrchestration(support.directory, name, version);
  if (unknown !== undefined) throw unknown;
  return name;
}

/** When a signal is due; `undefined`: at once. */
export function dueOf(options: SignalOptions | undefined): number | undefined {
  return options?.scheduledTime === undefined ? undefined : instantMs(options.scheduledTime, 'scheduledTime');
}
