/** A condition did not become true in time. */
export class StuckError extends Error {
  override readonly name = 'StuckError';
}
