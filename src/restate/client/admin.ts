/** Requests to the admin API of Restate: registration of deployments, and queries. Texts stand in a query as quoted literals. */
import { InvalidOperationError, StorageError } from '../../errors/index.js';
import type { ServiceNames } from '../wire/service-names.js';

export class Admin {
  /** The address that answered last. */
  private current = 0;

  /** @param addresses URLs without a slash at the end. Empty if the host has none */
  constructor(private readonly addresses: readonly string[]) {}

  get isGiven(): boolean {
    return this.addresses.length > 0;
  }

  /** @throws InvalidOperationError if there is no admin API */
  private checkGiven(member: string): void {
    if (this.isGiven) return;
    throw new InvalidOperationError(
      `${member} asks the admin API of Restate, and its address is not known.`,
      'Give the option `admin`: the URL of the admin API.',
    );
  }

  /** Registers the address of a host. An address that is registered gets its new services. */
  async register(uri: string): Promise<void> {
    await this.json('The registration of a host', '/deployments', { uri, force: true });
  }

  /** The names of all services, as in `entity:counter`. */
  async announced(names: ServiceNames): Promise<string[]> {
    const { services } = await this.json<{ services: { name: string }[] }>('A look-up of names', '/services');
    return services.flatMap(({ name }) => names.announced(name) ?? []);
  }

  /** The rows of a query. @throws InvalidOperationError, StorageError */
  async query<Row>(member: string, sql: string): Promise<Row[]> {
    return (await this.json<{ rows: Row[] }>(member, '/query', { query: sql })).rows;
  }

  private async json<T>(member: string, path: string, body?: unknown): Promise<T> {
    this.checkGiven(member);
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const { response, text } = await this.reach(member, path, init);
    if (response.ok) return (text === '' ? {} : JSON.parse(text)) as T;
    throw new StorageError(
      `${member} was refused by the admin API of Restate (status ${response.status}): ${text}`,
      'This package is tested with version 1.7 of Restate. Another version may lack what it asks for.',
    );
  }

  /** Asks one address after the other until one answers without trouble of its own. @throws StorageError */
  private async reach(member: string, path: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    let failure: unknown;
    let answer: { response: Response; text: string } | undefined;
    for (let tried = 0; tried < this.addresses.length; tried++) {
      const index = this.current;
      try {
        const response = await fetch(`${this.addresses[index]}${path}`, init);
        answer = { response, text: await response.text() };
        if (response.status < 500) return answer;
      } catch (error) {
        failure = error;
      }
      if (this.current === index) this.current = (index + 1) % this.addresses.length;
    }
    if (answer !== undefined) return answer;
    const all = this.addresses.join(', ');
    throw new StorageError(`${member} did not reach the admin API of Restate at ${all}.`, undefined, failure);
  }
}

/** A text as a literal of SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
