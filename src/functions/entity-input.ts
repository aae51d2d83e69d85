/** Encoding of the input of an operation. An operation that declares its input makes an object of it again. */
import type { EntityId } from '../model/entity-id.js';
import { encodeBounded, encodeWithin, type ValueRules } from '../model/limits.js';
import type { ClassSupport } from './support.js';

/** @throws SerializationError, LimitExceededError */
export function encodeInput(
  { classes, limits }: { readonly classes: ClassSupport; readonly limits: ValueRules },
  id: EntityId,
  operation: string,
  input: unknown,
): string | undefined {
  const inspected = limits.inspect !== undefined && !classes.readsInput(id, operation);
  return inspected ? encodeWithin(limits, input, 'input') : encodeBounded(limits, input, 'input');
}
