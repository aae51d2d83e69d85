/**
 * Stand-in for an object that exists from the bootstrap of the application on. Nest injects the stand-in into constructors, which run before.
 * Members of the prototype work from then on, also by a method that was read before. Other members are `undefined`, apart from `fields`.
 */
export function late<T extends object>(prototype: object, current: () => T, fields: readonly string[] = []): T {
  return new Proxy(Object.create(prototype) as T, {
    get(target, key) {
      // Nest asks each provider for hooks, and awaits it.
      if (fields.includes(key as string)) {
        const value: unknown = Reflect.get(current(), key);
        return typeof value === 'function' ? (value.bind(current()) as unknown) : value;
      }
      if (typeof key === 'symbol' || !(key in prototype)) return Reflect.get(target, key) as unknown;
      const descriptor = descriptorOf(prototype, key);
      if (typeof descriptor?.value !== 'function' || key === 'constructor')
        return Reflect.get(current(), key) as unknown;
      return (...values: unknown[]): unknown => {
        const object = current();
        return (Reflect.get(object, key) as (...given: unknown[]) => unknown).apply(object, values);
      };
    },
  });
}

function descriptorOf(prototype: object, key: string): PropertyDescriptor | undefined {
  for (
    let object: object | null = prototype;
    object !== null;
    object = Object.getPrototypeOf(object) as object | null
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}
