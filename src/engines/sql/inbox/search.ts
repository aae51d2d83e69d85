/** A search for an answer that another process writes. It ends when the answer comes, from wherever. */
export class Search {
  /** @param stop ends the search. `undefined` if it has not begun */
  constructor(private stop?: () => void) {}

  get begun(): boolean {
    return this.stop !== undefined;
  }

  begin(stop: () => void): void {
    this.stop = stop;
  }

  end(): void {
    this.stop?.();
    this.stop = undefined;
  }
}
