import { RegistrationError } from '../errors/index.js';
import { reasonOf } from '../errors/text.js';
import { optionsOf } from '../model/options.js';

/** Standard decorators are called with `(value, context)`; everything here needs the other kind, which carries metadata. */
export function refuseStandardDecorators(decorator: string, second: unknown): void {
  if (typeof second === 'object' && second !== null && 'kind' in second && 'addInitializer' in second) {
    throw new RegistrationError(
      [`${decorator} was applied as a standard decorator`],
      'Set "experimentalDecorators": true and "emitDecoratorMetadata": true in tsconfig.json.',
    );
  }
}

/** What a decorator was given. @throws RegistrationError */
export function decoratorOptions<Options extends object>(decorator: string, given: Options | undefined): Options {
  try {
    return optionsOf(given);
  } catch (error) {
    throw new RegistrationError(
      [`${decorator} is given options that are none: ${reasonOf(error)}`],
      `Write ${decorator}.`,
    );
  }
}
