/** Warnings at the start of a host about annotations of class-transformer that have no effect on states. */
import type { AnyClass } from '../declarations.js';
import { isClass } from '../declarations.js';
import { TransformerMetadata } from './transformer-metadata.js';

/** One line for each such annotation of this class and of the classes that its `@Type`s name. */
export function annotationWarnings(type: AnyClass): string[] {
  const seen = new Set<AnyClass>();
  const warnings: string[] = [];
  const open = [type];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const { name } = next;
    const metadata = new TransformerMetadata(next);
    for (const field of metadata.annotated) {
      warnings.push(...metadata.ignored(field).map((what) => `${name}.${field}: ${what}`));
      open.push(...namedTypes(metadata, field));
    }
  }
  return warnings;
}

function namedTypes(metadata: TransformerMetadata, field: string): AnyClass[] {
  const annotation = metadata.typeOf(field);
  if (annotation === undefined) return [];
  const subTypes: readonly { value: unknown }[] = annotation.options?.discriminator?.subTypes ?? [];
  let named: unknown;
  try {
    named = annotation.typeFunction({ newObject: {}, object: {}, property: field });
  } catch {
    // A type function that needs an object throws here. Its class is not known before.
  }
  return [named, ...subTypes.map(({ value }) => value)].filter(isClass);
}
