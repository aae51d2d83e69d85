import { RegistrationError } from '../errors/index.js';

/** Standard decorators are called with `(value, context)`; everything here needs the other kind, which carries metadata. */
export function refuseStandardDecorators(decorator: string, second: unknown): void {
  if (typeof second === 'object' && second !== null && 'kind' in second && 'addInitializer' in second) {
    throw new RegistrationError(
      [`${decorator} was applied as a standard decorator`],
      'Set "experimentalDecorators": true and "emitDecoratorMetadata": true in tsconfig.json.',
    );
  }
}
