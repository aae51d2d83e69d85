/** Differences of two values, field by field. */

/** A field that differs. Values are JSON texts. `undefined` if the field is absent. */
export interface Difference {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const differencesMax = 12;
const depthMax = 12;

/** The first differences of two values. */
export function differences(before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = [];
  compare(before, after, [], found);
  return found;
}

function compare(before: unknown, after: unknown, path: readonly string[], found: Difference[]): void {
  if (found.length >= differencesMax || Object.is(before, after)) return;
  if (isBranch(before) && isBranch(after) && path.length < depthMax) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of keys) compare(own(before, key), own(after, key), [...path, key], found);
    return;
  }
  const [old, fresh] = [textOf(before), textOf(after)];
  if (old !== fresh) found.push({ path: path.join('.'), before: old, after: fresh });
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function own(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
