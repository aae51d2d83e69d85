/** What was waited for did not come. */
export class StuckError extends Error {
  override readonly name = 'StuckError';
}
