/** Loggers with the fields of one instance, made by `child` of the logger of the host. The newest are kept. */
import type { Logger, LogFields, LogLevel } from './log.js';

/** The maximum number of loggers that are kept for one logger. */
const childrenMax = 1_000;

const childrenOf = new WeakMap<Logger, Map<string, Logger>>();

/** Writes a line of user code. `bindings` names the instance. They go to `child`, or before the fields if the logger has no `child`. */
export function writeBound(
  logger: Logger,
  level: LogLevel,
  bindings: LogFields,
  fields: object,
  message: string,
): void {
  if (logger.child === undefined) logger[level]({ ...bindings, ...fields }, message);
  else childFor(logger, bindings)[level](fields, message);
}

function childFor(logger: Logger, bindings: LogFields): Logger {
  let children = childrenOf.get(logger);
  if (children === undefined) childrenOf.set(logger, (children = new Map()));
  const key = JSON.stringify(bindings);
  let child = children.get(key);
  if (child === undefined) {
    child = (logger.child as NonNullable<Logger['child']>)(bindings);
    if (children.size >= childrenMax) children.delete(children.keys().next().value as string);
  } else children.delete(key);
  // The newest stands last.
  children.set(key, child);
  return child;
}
