/** Requests to the admin API of Restate: registration of deployments, and queries. Texts stand in a query as quoted literals. */
import { InvalidOperationError, StorageError } from '../../errors/index.js';
import type { ServiceNames } from '../wire/service-names.js';

export class Admin {
  /** @param address URL without a slash at the end. `undefined` if the host has none */
  constructor(private readonly address: string | undefined) {}

  get isGiven(): boolean {
    return this.address !== undefined;
  }

  /** @throws InvalidOperationError if there is no admin API */
  private required(member: string): string {
    if (this.address !== undefined) return this.address;
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
    const address = this.required(member);
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    let response: Response;
    try {
      response = await fetch(address + path, init);
    } catch (error) {
      throw new StorageError(`${member} did not reach the admin API of Restate at ${address}.`, undefined, error);
    }
    const text = await response.text();
    if (response.ok) return (text === '' ? {} : JSON.parse(text)) as T;
    throw new StorageError(
      `${member} was refused by the admin API of Restate (status ${response.status}): ${text}`,
      'This package is tested with version 1.7 of Restate. Another version may lack what it asks for.',
    );
  }
}

/** A text as a literal of SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
