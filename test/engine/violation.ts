/** A promise was broken. `checker` names who saw it. */
export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(
    readonly checker: string,
    problem: string,
  ) {
    super(`${checker}: ${problem}`);
  }
}
