/**
 * Annotations of class-transformer that were applied as standard decorators. class-transformer knows the older dialect only. On a field its
 * decorators throw at once; on a class, a method or an accessor they record something that nobody reads, so `@Exclude()` would do nothing.
 */
import { defaultMetadataStorage as storage } from 'class-transformer/cjs/storage.js';
import { lineage, type AnyClass } from '../declarations.js';
import { ownMetadata, standardContext } from '../decorator-dialects.js';

const tables = ['_excludeMetadatas', '_exposeMetadatas', '_typeMetadatas', '_transformMetadatas'] as const;

/** The way to annotate a class that has standard decorators. */
export const annotationHint =
  'class-transformer needs "experimentalDecorators". With standard decorators write @Annotate({ password: Exclude() }) above the class, ' +
  'or Exclude()(Account) below it.';

/** One line for each annotation that has no effect. */
export function misappliedAnnotations(type: AnyClass): string[] {
  return lineage(type).flatMap((step) => {
    const metadata = ownMetadata(step);
    if (metadata === undefined) return [];
    return [...contextsOf(step)]
      .map(standardContext)
      .filter((context) => context?.metadata === metadata)
      .map(
        (context) =>
          `${step.name}: an annotation of class-transformer on the ${context!.kind} ${String(context!.name)} ` +
          'was applied as a standard decorator, and has no effect',
      );
  });
}

/** The values that class-transformer took for names of members of this class. */
function contextsOf(type: AnyClass): Set<unknown> {
  const descriptors = Object.values(Object.getOwnPropertyDescriptors(type.prototype as object));
  // It takes the class of the function, or the function itself, for the decorated class.
  const targets = [type, Function, ...descriptors.flatMap((descriptor) => Object.values(descriptor) as unknown[])];
  const found = new Set<unknown>();
  for (const name of tables) {
    const table = (storage as unknown as Record<string, unknown>)[name];
    if (!(table instanceof Map)) continue;
    for (const target of targets) {
      const members: unknown = table.get(target);
      if (members instanceof Map) for (const member of members.keys()) found.add(member);
    }
  }
  return found;
}
