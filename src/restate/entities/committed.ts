/** The rule of calls on the committed state: the operation must be declared read-only. */
import { InvalidOperationError } from '../../errors/index.js';
import { encodeError } from '../../model/error-details.js';
import type { EntityProgram } from '../../ports/user-code.js';

/** Why the operation cannot run on the committed state, as JSON text of ErrorDetails. `undefined` if it can. */
export function committedProblem(program: EntityProgram, entityId: string, operation: string): string | undefined {
  if (program.isReadOnly(operation)) return undefined;
  return encodeError(
    new InvalidOperationError(
      `Operation ${JSON.stringify(operation)} of ${entityId} is not declared readOnly, so it cannot be called on the committed state.`,
      "Declare it: @Operation({ readOnly: true }), or defineEntity(name, { readOnly: ['…'] }, …); or call without { consistency: 'committed' }.",
    ),
  );
}
