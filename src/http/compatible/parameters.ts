/** Query parameters of the compatible API. Names are case-insensitive, and a value that cannot be read counts as absent. */
import { readInstant } from './instants.js';
import { readStatuses, type NamedStatuses } from './status-names.js';

const dateTimeMinMs = Date.parse('0001-01-01T00:00:00Z');

const secondsPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export class Parameters {
  private readonly values = new Map<string, string[]>();

  constructor(query: URLSearchParams) {
    for (const [name, value] of query) {
      const key = name.toLowerCase();
      const before = this.values.get(key);
      if (before === undefined) this.values.set(key, [value]);
      else before.push(value);
    }
  }

  /** The first value. `undefined` if the query does not have this parameter. */
  text(name: string): string | undefined {
    return this.values.get(name.toLowerCase())?.[0];
  }

  /** A value that is not empty. */
  filled(name: string): string | undefined {
    const text = this.text(name);
    return text === undefined || text.trim() === '' ? undefined : text;
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name)?.trim().toLowerCase();
    return text === 'true' ? true : text === 'false' ? false : undefined;
  }

  /** A whole number of at least 1. */
  count(name: string): number | undefined {
    const text = this.text(name)?.trim() ?? '';
    const count = /^\+?\d{1,10}$/.test(text) ? Number(text) : 0;
    return count >= 1 ? count : undefined;
  }

  /** Seconds, with decimals, as ms. A negative number counts as 0. */
  secondsMs(name: string): number | undefined {
    const text = this.text(name)?.trim() ?? '';
    return secondsPattern.test(text) ? Math.max(0, Number(text) * 1_000) : undefined;
  }

  /** An instant in ms since 1970 (UTC). */
  instantMs(name: string): number | undefined {
    return readInstant(this.text(name));
  }

  /** The end of a span that includes its last instant, as the library's conditions want it: the first instant after it. */
  untilMs(name: string): number | undefined {
    const last = this.instantMs(name);
    // Programs of .NET send the least DateTime for no condition.
    return last === undefined || last === dateTimeMinMs ? undefined : last + 1;
  }

  statuses(): NamedStatuses | undefined {
    return readStatuses(this.values.get('runtimestatus') ?? []);
  }
}
