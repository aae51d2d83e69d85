import { isEntityId } from '../../src/model/entity-id.js';

/**
 * Whether two values cannot be told apart by a program: the same classes, keys in their order, holes and contents, and objects in
 * the same places. Of one object in two places, two equal ones are something else.
 */
export function isSameGraph(one: unknown, other: unknown): boolean {
  return new Comparison().same(one, other);
}

class Comparison {
  private readonly there = new Map<object, object>();
  private readonly back = new Map<object, object>();

  same(one: unknown, other: unknown): boolean {
    if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
      return Object.is(one, other) || (typeof one === 'function' && typeof other === 'function');
    if (isEntityId(one)) return isEntityId(other) && one.equals(other);
    if (this.there.has(one) || this.back.has(other))
      return this.there.get(one) === other && this.back.get(other) === one;
    this.there.set(one, other);
    this.back.set(other, one);
    return Object.getPrototypeOf(one) === Object.getPrototypeOf(other) && this.sameContent(one, other);
  }

  private sameContent(one: object, other: object): boolean {
    if (one instanceof Date) return Object.is(one.getTime(), (other as Date).getTime());
    if (one instanceof Uint8Array) return Buffer.compare(one, other as Uint8Array) === 0;
    if (one instanceof Map) return this.sameLists([...one], [...(other as Map<unknown, unknown>)]);
    if (one instanceof Set) return this.sameLists([...one], [...(other as Set<unknown>)]);
    if (Array.isArray(one) && one.length !== (other as unknown[]).length) return false;
    const keys = Object.keys(one);
    const others = Object.keys(other);
    return (
      keys.length === others.length &&
      keys.every(
        (key, index) =>
          key === others[index] &&
          this.same((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
      )
    );
  }

  private sameLists(one: readonly unknown[], other: readonly unknown[]): boolean {
    return (
      one.length === other.length &&
      one.every((item, index) => {
        const its = other[index];
        return Array.isArray(item) && Array.isArray(its) && item.length === its.length
          ? item.every((part, at) => this.same(part, its[at]))
          : this.same(item, its);
      })
    );
  }
}
