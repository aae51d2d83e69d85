/** Search for objects whose methods do not arrive: a value that is sent is plain data. */
import { isEntityId } from './entity-id.js';
import { pathText } from './value-tree.js';

export interface LostClass {
  /** For example `result.payments[0]`. */
  readonly path: string;
  readonly className: string;
  /** The first method or accessor that the object loses. */
  readonly method: string;
}

/** Larger values are searched in part. */
const objectsMax = 10_000;

type Step = string | number | { readonly key: string };

/** The first object of a class with methods. `undefined` if the value has no such object. The value must be one that was encoded. Never throws. */
export function lostClass(value: object, root: string): LostClass | undefined {
  try {
    return new Search(root).visit(value);
  } catch {
    // A getter of the program can fail the second time.
    return undefined;
  }
}

class Search {
  private readonly where: Step[] = [];
  private objects = 0;

  constructor(private readonly root: string) {}

  visit(value: unknown): LostClass | undefined {
    if (typeof value !== 'object' || value === null || this.objects++ >= objectsMax) return undefined;
    // Errors and entity ids have a form of their own, and an object with toJSON chose its form.
    if (value instanceof Error || isEntityId(value) || typeof (value as { toJSON?: unknown }).toJSON === 'function')
      return value instanceof Date ? this.lost(value) : undefined;
    return this.lost(value) ?? this.within(value);
  }

  private lost(value: object): LostClass | undefined {
    const method = ownMethod(value);
    if (method === undefined) return undefined;
    const { constructor: type } = value as { constructor?: { name?: unknown } };
    return { path: pathText(this.root, this.where), className: String(type?.name), method };
  }

  private within(value: object): LostClass | undefined {
    if (ArrayBuffer.isView(value)) return undefined;
    if (value instanceof Map)
      return first(value, ([key, item]) => this.at({ key: String(key) }, key) ?? this.at({ key: String(key) }, item));
    if (value instanceof Set) return first(value, (item) => this.at({ key: typeof item }, item));
    if (Array.isArray(value)) return first(value.entries(), ([index, item]) => this.at(index, item));
    return first(Object.keys(value), (key) => this.at(key, (value as Record<string, unknown>)[key]));
  }

  private at(step: Step, value: unknown): LostClass | undefined {
    this.where.push(step);
    const found = this.visit(value);
    this.where.pop();
    return found;
  }
}

function first<T>(items: Iterable<T>, look: (item: T) => LostClass | undefined): LostClass | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first member of the classes of an object that are not of the language. Also for objects of another realm, e.g. of jest. */
function ownMethod(value: object): string | undefined {
  for (
    let at: unknown = Object.getPrototypeOf(value);
    isObject(at) && !isOfLanguage(at);
    at = Object.getPrototypeOf(at)
  ) {
    const name = Reflect.ownKeys(at).find((key) => key !== 'constructor');
    if (name !== undefined) return String(name);
  }
  return undefined;
}

function isOfLanguage(prototype: object): boolean {
  const type: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined;
  return typeof type === 'function' && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(type));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
