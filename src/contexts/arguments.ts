/** Checks of the arguments that user code gives to a context. */
import { UnknownEntityError } from '../errors/index.js';
import type { EntityToken } from '../functions/tokens.js';
import { checkSignalName, checkVersion } from '../model/arguments.js';
import { isEntityId } from '../model/entity-id.js';
import { unknownOrchestration } from '../ports/names.js';
import type { RuntimeSupport } from './support.js';

/** The registered name of an orchestration. @throws UnknownOrchestrationError, InvalidArgumentError */
export function checkOrchestration(support: RuntimeSupport, reference: unknown, version: number | undefined): string {
  const name = support.classes.orchestrationName(reference);
  if (version !== undefined) checkVersion(version);
  const unknown = unknownOrchestration(support.directory, name, version);
  if (unknown !== undefined) throw unknown;
  return name;
}

/** A cancellation given as `(id, name)` or `(token, target, name)`. */
export function cancellationOf(
  { classes, directory }: RuntimeSupport,
  first: unknown,
  second: unknown,
  third: unknown,
): { target: string; name: string } {
  if (!isEntityId(first)) {
    const id = classes.resolveTarget(first as EntityToken<unknown>, second);
    return { target: id.toString(), name: checkSignalName(third) };
  }
  if (!directory.knows('entity', first.name)) throw new UnknownEntityError(first.name, directory.list('entity'));
  return { target: first.toString(), name: checkSignalName(second) };
}
