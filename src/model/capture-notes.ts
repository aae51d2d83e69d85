/** Where in a value a writer is. */
export interface Place {
  text(): string;
}

const linesMax = 5;

/**
 * Collects where a live value differs from what reading its captured form gives: one object in two places, plain data in place of
 * a class, an object whose class is not carried. An entity with such a state is reloaded from what was captured.
 */
export class CaptureNotes {
  /** Whether reading gives something else than the live value. */
  differs = false;
  /** The first places with the reason, where details were asked for. */
  readonly lines: string[] = [];
  private seen: Map<object, string> | undefined;

  /** @param detailed whether the places are written down, which costs time */
  constructor(private readonly detailed = false) {}

  /** Notes an object that can be changed; the second time it is an alias. */
  meet(value: object, place: Place): void {
    const seen = (this.seen ??= new Map<object, string>());
    const first = seen.get(value);
    if (first === undefined) seen.set(value, this.detailed ? place.text() : '');
    else this.add(place, `it is the object that is also at ${first}`);
  }

  add(place: Place, reason: string): void {
    this.differs = true;
    if (this.detailed && this.lines.length < linesMax) this.lines.push(`${place.text()}: ${reason}`);
  }
}
