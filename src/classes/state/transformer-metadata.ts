/**
 * Reads the annotations of class-transformer's decorators.
 *
 * class-transformer defines the meaning of the annotations and the form of the JSON. Its own executor is not used for states, because it
 * silently loses data: Map keys named like methods, pre-filled Maps, Maps without annotations, functions that it calls, discriminators
 * that it writes into the live object (test/classes/transformer-holes.spec.ts has all cases). This file reads the annotations from
 * its metadata storage, and tests compare the written and read forms with those of class-transformer.
 */
import 'reflect-metadata';
import { createRequire } from 'node:module';
// Imports only two of its files, because classes without its decorators need no others. They are the same modules
// that `import 'class-transformer'` and `require('class-transformer')` of Node load, also in a bundle that follows "main".
import { TransformationType } from 'class-transformer/cjs/enums/index.js';
import { defaultMetadataStorage as storage } from 'class-transformer/cjs/storage.js';
import type { ExposeMetadata, TransformMetadata, TypeMetadata } from 'class-transformer/types/interfaces/index.js';
import type { MetadataStorage } from 'class-transformer/types/MetadataStorage.js';
import { RegistrationError } from '../../errors/index.js';
import { packageCode } from '../../model/package-place.js';
import { lineage, type AnyClass } from '../declarations.js';

export type Direction = 'write' | 'read';

const transformation = {
  write: TransformationType.CLASS_TO_PLAIN,
  read: TransformationType.PLAIN_TO_CLASS,
} as const;

/** The annotations of one class and of those it extends. */
export class TransformerMetadata {
  /** All fields with an annotation. */
  readonly annotated: ReadonlySet<string>;
  /** Whether only marked fields are stored, because the class or one of its bases is marked `@Exclude()`. */
  readonly excludeAll: boolean;

  constructor(private readonly type: AnyClass) {
    this.annotated = new Set([
      ...storage.getExposedMetadatas(type).map((metadata) => metadata.propertyName ?? ''),
      ...storage.getExcludedMetadatas(type).map((metadata) => metadata.propertyName ?? ''),
      ...lineage(type).flatMap((step) => typedAndTransformed(storage, step)),
    ]);
    // class-transformer checks only the class itself. A subclass of an @Exclude() class would then store all fields, also its services.
    this.excludeAll =
      lineage(type)
        .map((step) => storage.getStrategy(step))
        .find((strategy) => strategy !== 'none') === 'excludeAll';
  }

  /** Whether the field is written, or read, in this direction. */
  includes(field: string, direction: Direction): boolean {
    if (storage.getExcludedProperties(this.type, transformation[direction]).includes(field)) return false;
    return !this.excludeAll || storage.getExposedProperties(this.type, transformation[direction]).includes(field);
  }

  /** Name of the field in the JSON. */
  storedName(field: string): string {
    return this.expose(field)?.options?.name ?? field;
  }

  exposed(field: string): boolean {
    return this.expose(field) !== undefined;
  }

  typeOf(field: string): TypeMetadata | undefined {
    return storage.findTypeMetadata(this.type, field);
  }

  transforms(field: string, direction: Direction): readonly TransformMetadata[] {
    return this.allTransforms(field, direction).filter((metadata) => (metadata.options?.groups ?? []).length === 0);
  }

  /** `design:type` that the compiler emitted for a decorated field. `undefined` if it emitted none. */
  designType(field: string): unknown {
    return Reflect.getMetadata('design:type', this.type.prototype as object, field);
  }

  /** Annotations of the field that have no effect on a state. */
  ignored(field: string): string[] {
    const { groups = [], since, until } = this.expose(field)?.options ?? {};
    const transforms = [...this.allTransforms(field, 'write'), ...this.allTransforms(field, 'read')];
    return [
      ...(groups.length > 0 ? ['@Expose({ groups }): a state is stored whole, whatever its groups'] : []),
      ...(since === undefined && until === undefined ? [] : ['@Expose({ since, until }): a state is stored whole']),
      ...(transforms.some((metadata) => (metadata.options?.groups ?? []).length > 0)
        ? ['@Transform(…, { groups }): it is not applied to a state']
        : []),
    ];
  }

  private allTransforms(field: string, direction: Direction): readonly TransformMetadata[] {
    return storage.findTransformMetadatas(this.type, field, transformation[direction]);
  }

  private expose(field: string): ExposeMetadata | undefined {
    return storage.findExposeMetadata(this.type, field);
  }
}

/** Calls `@Transform` functions in the way of class-transformer. */
export function applyTransforms(
  transforms: readonly TransformMetadata[],
  direction: Direction,
  value: unknown,
  key: string,
  obj: unknown,
): unknown {
  let result = value;
  for (const metadata of transforms) {
    result = metadata.transformFn({ value: result, key, obj, type: transformation[direction], options: {} });
  }
  return result;
}

/**
 * Checks in a bundled program that its classes use the copy of class-transformer whose annotations are read here.
 * @throws RegistrationError if `class-transformer` is another module in the bundle, so that every `@Exclude()` would be ignored
 */
export async function checkAnnotationsAreRead(isBundled = packageCode === undefined): Promise<void> {
  // Without a bundle, both names are the same module in Node, and programs without annotations do not load it.
  if (!isBundled) return;
  const { Exclude } = await import('class-transformer');
  if (annotatesHere(Exclude)) return;
  throw new RegistrationError(
    [
      'the bundle has two copies of class-transformer, and durable-entities reads the one that does not decorate the classes',
    ],
    'Let the bundler take "main" before "module" (esbuild: mainFields, webpack: resolve.mainFields), or leave class-transformer out of the bundle.',
  );
}

/** Whether this decorator writes into the storage that is read here. */
export function annotatesHere(exclude: () => PropertyDecorator): boolean {
  class Probe {}
  exclude()(Probe.prototype, 'probe');
  return storage.getExcludedProperties(Probe, transformation.write).includes('probe');
}

/** Whether the class has any annotation. */
export function isAnnotated(type: AnyClass): boolean {
  return new TransformerMetadata(type).annotated.size > 0;
}

/** The private tables of a storage, by class. */
type Tables = Record<string, unknown>;

function typedAndTransformed(from: MetadataStorage, type: AnyClass): string[] {
  const tables = from as unknown as Tables;
  return ['_typeMetadatas', '_transformMetadatas'].flatMap((name) => {
    const table = tables[name];
    const own: unknown = table instanceof Map ? table.get(type) : undefined;
    return own instanceof Map ? [...(own.keys() as Iterable<string>)] : [];
  });
}

/**
 * Files of other copies of class-transformer that hold annotations of this class. `@Exclude()` and all other annotations of such a copy
 * would be ignored silently. A second copy that has no annotations of the class does no harm.
 */
export function foreignCopies(type: AnyClass): string[] {
  // All `require` functions share one cache. A bundle has no `import.meta.url` to resolve from.
  return Object.entries(createRequire(process.execPath).cache).flatMap(([file, module]) => {
    if (!/class-transformer[\\/]cjs[\\/]storage\.js$/.test(file)) return [];
    const other = (module?.exports as { defaultMetadataStorage?: unknown } | undefined)?.defaultMetadataStorage;
    if (other === storage || typeof other !== 'object' || other === null) return [];
    const knows = lineage(type).some((step) =>
      Object.values(other as Tables).some(
        (table) => table instanceof Map && table !== undefined && table.has(step) && !isAncestors(table),
      ),
    );
    return knows ? [file] : [];
  });
}

/** Whether a table is the cache of ancestors, which holds every class that was looked up and so shows no annotations. */
function isAncestors(table: ReadonlyMap<unknown, unknown>): boolean {
  const first: unknown = table.values().next().value;
  return Array.isArray(first);
}
