import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP proxy before a server, which loses what a test tells it to lose. */
export class Proxy {
  private readonly pairs = new Set<readonly [client: Socket, server: Socket]>();
  /** Sees what clients send. Returns whether it is passed on at once. `pass` passes it on later. `cut` is one function per connection. */
  onRequest: (data: Buffer, cut: () => void, pass: (data: Buffer) => void) => boolean = () => true;
  /** Sees what the server answers. Returns whether it is passed on at once, or other data in its place. */
  onReply: (data: Buffer, cut: () => void, pass: (data: Buffer) => void) => boolean | Buffer = () => true;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(url: string): Promise<Proxy> {
    const target = new URL(url);
    const server = createServer((client) => proxy.#accept(client, connect(Number(target.port), target.hostname)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const own = new URL(url);
    own.port = String((server.address() as AddressInfo).port);
    own.hostname = '127.0.0.1';
    const proxy = new Proxy(server, own.href);
    return proxy;
  }

  #accept(client: Socket, server: Socket): void {
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const cut = () => {
      client.destroy();
      server.destroy();
      this.pairs.delete(pair);
    };
    for (const socket of pair) socket.on('error', cut).on('close', cut);
    const toServer = (data: Buffer) => void (server.destroyed || server.write(data));
    const toClient = (data: Buffer) => void (client.destroyed || client.write(data));
    client.on('data', (data) => {
      if (this.onRequest(data, cut, toServer)) server.write(data);
    });
    server.on('data', (data) => {
      const passed = this.onReply(data, cut, toClient);
      if (passed !== false) client.write(passed === true ? data : passed);
    });
  }

  /** Ends all connections. */
  cut(): void {
    for (const [client, server] of this.pairs) {
      client.destroy();
      server.destroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
