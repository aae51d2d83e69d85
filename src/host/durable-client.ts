import type { ConnectOptions } from '../client/connect-options.js';
import { HubClient } from '../client/hub-client.js';

/** Signals, calls and reads entities; starts and watches orchestrations. */
export class DurableClient extends HubClient {
  /**
   * A client in a process without a host, on the database that hosts work on. What it sends is durable when its promise resolves,
   * also while no host runs; what waits for an answer waits for a host. Close it in the end.
   * @throws InvalidArgumentError, RegistrationError, StorageError
   */
  static async connect(options: ConnectOptions): Promise<DurableClient> {
    // Loaded when it is used: it brings the storage.
    const { connectClient } = await import('./connect.js');
    return new DurableClient(await connectClient(options));
  }
}
