/**
 * What class-transformer's decorators say about a class.
 *
 * class-transformer decides what the annotations mean and what the JSON looks like; its own executor is not run on state,
 * because it loses data without a word (Map keys named like methods, pre-filled Maps, un-annotated Maps, functions that it
 * calls, discriminators that it writes into the live object: test/classes/transformer-holes.spec.ts has them all). So the
 * annotations are read from its metadata storage, and tests compare what we write and read with what it does.
 */
import 'reflect-metadata';
import { createRequire } from 'node:module';
// Two of its files, not all of it: classes without its decorators, and functions, do without the rest. They are the same modules
// that `import 'class-transformer'` and `require('class-transformer')` of Node load, also in a bundle that follows "main".
import { TransformationType } from 'class-transformer/cjs/enums/index.js';
import { defaultMetadataStorage as storage } from 'class-transformer/cjs/storage.js';
import type { ExposeMetadata, TransformMetadata, TypeMetadata } from 'class-transformer/types/interfaces/index.js';
import type { MetadataStorage } from 'class-transformer/types/MetadataStorage.js';
import { RegistrationError } from '../../errors/index.js';
import { lineage, type AnyClass } from '../declarations.js';

export type Direction = 'write' | 'read';

const transformation = {
  write: TransformationType.CLASS_TO_PLAIN,
  read: TransformationType.PLAIN_TO_CLASS,
} as const;

/** The annotations of one class and of those it extends. */
export class TransformerMetadata {
  /** Every field that carries an annotation. */
  readonly annotated: ReadonlySet<string>;
  /** Only marked fields take part: the class, or one that it extends, is marked `@Exclude()`. */
  readonly excludeAll: boolean;

  constructor(private readonly type: AnyClass) {
    this.annotated = new Set([
      ...storage.getExposedMetadatas(type).map((metadata) => metadata.propertyName ?? ''),
      ...storage.getExcludedMetadatas(type).map((metadata) => metadata.propertyName ?? ''),
      ...lineage(type).flatMap((step) => typedAndTransformed(storage, step)),
    ]);
    // class-transformer asks the class alone; a subclass of an @Exclude() class would store everything, its services too.
    this.excludeAll =
      lineage(type)
        .map((step) => storage.getStrategy(step))
        .find((strategy) => strategy !== 'none') === 'excludeAll';
  }

  /** Whether the field takes part in this direction. */
  includes(field: string, direction: Direction): boolean {
    if (storage.getExcludedProperties(this.type, transformation[direction]).includes(field)) return false;
    return !this.excludeAll || storage.getExposedProperties(this.type, transformation[direction]).includes(field);
  }

  /** Its name in the JSON. */
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

  /** `design:type`, as the compiler emitted it for a decorated field. */
  designType(field: string): unknown {
    return Reflect.getMetadata('design:type', this.type.prototype as object, field);
  }

  /** What is said of the field and does not count for a state. */
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

/** Runs `@Transform` functions as class-transformer does. */
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
 * Makes sure, where the program is bundled, that the annotations of its classes are the ones that are read here.
 * @throws RegistrationError when `class-transformer` is another module there: every `@Exclude()` would be ignored
 */
export async function checkAnnotationsAreRead(moduleUrl: string | undefined = import.meta.url): Promise<void> {
  // In Node both names are the same module; and whoever has no annotations need not load it.
  if (!isBundled(moduleUrl)) return;
  const { Exclude } = await import('class-transformer');
  if (annotatesHere(Exclude)) return;
  throw new RegistrationError(
    [
      'the bundle has two copies of class-transformer, and durable-entities reads the one that does not decorate the classes',
    ],
    'Let the bundler take "main" before "module" (esbuild: mainFields, webpack: resolve.mainFields), or leave class-transformer out of the bundle.',
  );
}

/** Whether this module is part of a file of another name. */
export function isBundled(moduleUrl: string | undefined): boolean {
  return moduleUrl === undefined || !/[\\/]transformer-metadata\.[jt]s(?:[?#]|$)/.test(moduleUrl);
}

/** Whether this decorator writes into the storage that is read here. */
export function annotatesHere(exclude: () => PropertyDecorator): boolean {
  class Probe {}
  exclude()(Probe.prototype, 'probe');
  return storage.getExcludedProperties(Probe, transformation.write).includes('probe');
}

/** Whether any annotation stands on the class. */
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
 * The files of other copies of class-transformer that hold annotations of this class: under those, `@Exclude()` and all the
 * rest would be ignored in silence. An unrelated second copy, of some other package, does no harm.
 */
export function foreignCopies(type: AnyClass): string[] {
  // The cache is one for all; a bundle has no `import.meta.url` to resolve from.
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

/** The cache of ancestors holds every class that was ever asked about; it says nothing about annotations. */
function isAncestors(table: ReadonlyMap<unknown, unknown>): boolean {
  const first: unknown = table.values().next().value;
  return Array.isArray(first);
}
