/** A broken promise. `checker` names the check that found it. */
export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(
    readonly checker: string,
    problem: string,
  ) {
    super(`${checker}: ${problem}`);
  }
}
