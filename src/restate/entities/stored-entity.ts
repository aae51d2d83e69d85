/**
 * The stored form of an entity: one JSON object with its times and its state. The text of the state stands in it as it was captured, so that
 * queries of Restate show it, and reading it returns the same text.
 */
export interface StoredEntity {
  /** JSON text. */
  readonly state: string;
  /** When the state was written: ms since 1970 (UTC). */
  readonly atMs: number;
  readonly expiresAtMs: number | undefined;
}

/** The key of the state in its virtual object. */
export const entityKey = 'e';

export function writeEntity({ state, atMs, expiresAtMs }: StoredEntity): string {
  const expires = expiresAtMs === undefined ? '' : `"expires":${expiresAtMs},`;
  return `{"at":${atMs},${expires}"state":${state}}`;
}

const form = /^\{"at":(-?[\d.e+]+),(?:"expires":(-?[\d.e+]+),)?"state":/;

/** `undefined` if the entity has no state. */
export function readEntity(text: string | null): StoredEntity | undefined {
  if (text === null) return undefined;
  const match = form.exec(text);
  if (match === null) throw new Error('a stored entity does not have the form of this version');
  const [header, at, expires] = match;
  return {
    state: text.slice(header.length, -1),
    atMs: Number(at),
    expiresAtMs: expires === undefined ? undefined : Number(expires),
  };
}

export function isExpired({ expiresAtMs }: StoredEntity, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}
