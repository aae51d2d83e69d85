import type { ConnectOptions } from '../client/connect-options.js';
import { HubClient } from '../client/hub-client.js';

/** A client of a task hub. Signals, calls and reads entities. Starts, manages and queries orchestrations. */
export class DurableClient extends HubClient {
  /**
   * Connects a client in a process without a host to the database of a task hub. Resolves when the client can be used. A message is durable
   * when its promise resolves, even if no host runs. Calls and other waits for an answer need a running host. Close the client at the end.
   * @throws InvalidArgumentError, RegistrationError, StorageError
   */
  static async connect(options: ConnectOptions): Promise<DurableClient> {
    // Loaded at its first use, because it loads the storage.
    const { connectClient } = await import('./connect.js');
    return new DurableClient(await connectClient(options));
  }
}
