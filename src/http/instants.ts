/** Instants in answers and requests: ISO 8601 text. */

/** ISO text of an instant. `null` if it is unknown. */
export function isoOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

export function msOf(iso: string | undefined): number | undefined {
  return iso === undefined ? undefined : Date.parse(iso);
}
