/** Decorator that applies decorators of fields which know the older dialect only, for example those of class-transformer. */
import 'reflect-metadata';
import { RegistrationError } from '../errors/index.js';
import { decorateClass } from './decorator-dialects.js';
import { listOf } from '../model/options.js';
import type { AnyClass } from './declarations.js';

/** One annotation of a field, or several. They are applied from the last one to the first, like decorators above a field. */
type FieldAnnotations = PropertyDecorator | readonly PropertyDecorator[];

/**
 * Annotates fields of a class from outside: `@Annotate({ lines: Type(() => Line), password: [Exclude()] })`. Works with standard decorators,
 * in which the decorators of class-transformer and class-validator cannot stand at the fields, and with `experimentalDecorators`. For an
 * entity, for a class of state, and for a class of inputs. @throws RegistrationError
 */
export function Annotate(annotations: Readonly<Record<string, FieldAnnotations>>) {
  const fields = fieldsOf(annotations);
  return (type: AnyClass, context?: unknown): void => {
    decorateClass('@Annotate()', type, context, ({ prototype }) => {
      for (const [field, decorators] of fields) {
        for (const decorator of decorators) decorator(prototype as object, field);
      }
    });
  };
}

/** The annotations of each field, in the order in which they are applied. */
function fieldsOf(given: unknown): readonly (readonly [string, readonly PropertyDecorator[]])[] {
  if (typeof given !== 'object' || given === null) {
    throw new RegistrationError(['@Annotate() has no fields'], 'Write @Annotate({ password: Exclude() }).');
  }
  return Object.entries(given).map(([field, value]) => {
    const decorators: readonly unknown[] = typeof value === 'function' ? [value] : (listOf(value) ?? [undefined]);
    if (decorators.length === 0 || decorators.some((each) => typeof each !== 'function')) {
      throw new RegistrationError(
        [`@Annotate(): ${field} is neither a decorator nor a list of decorators`],
        'Write @Annotate({ password: Exclude() }), with the parentheses of the inner decorator.',
      );
    }
    return [field, [...decorators].reverse() as PropertyDecorator[]] as const;
  });
}
