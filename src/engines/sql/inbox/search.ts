/** A search for an answer that another process writes. It ends when the answer comes, from wherever. */
export class Search {
  private stop: (() => void) | undefined;

  get begun(): boolean {
    return this.stop !== undefined;
  }

  /** @param stop ends the search */
  begin(stop: () => void): void {
    this.stop = stop;
  }

  end(): void {
    this.stop?.();
    this.stop = undefined;
  }
}
