/** A load balancer in front of the hosts: Restate knows one address of a deployment, and several hosts serve it. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Balancer {
  private readonly connections = new Map<number, Set<Socket>>();
  private next = 0;

  private constructor(
    private readonly server: Server,
    private readonly ports: readonly number[],
  ) {
    for (const port of ports) this.connections.set(port, new Set());
  }

  /** @param ports of the hosts, on this machine */
  static async open(ports: readonly number[]): Promise<Balancer> {
    const server = createServer();
    const balancer = new Balancer(server, ports);
    server.on('connection', (socket) => balancer.accept(socket, balancer.inOrder()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The number of connections to a host. */
  connectionsOf(port: number): number {
    return this.connections.get(port)?.size ?? 0;
  }

  /**
   * The hosts, each the first one in turn. A host that stands still accepts connections and loses them when Restate misses its answers. If the
   * host with the fewest connections came first, that would always be this one.
   */
  private inOrder(): number[] {
    const first = this.next++ % this.ports.length;
    return [...this.ports.slice(first), ...this.ports.slice(0, first)];
  }

  private accept(socket: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined) {
      socket.destroy();
      return;
    }
    const known = this.connections.get(port) as Set<Socket>;
    const host = connect({ port, host: '127.0.0.1' });
    let connected = false;
    known.add(host);
    host.on('connect', () => {
      connected = true;
      socket.pipe(host).pipe(socket);
    });
    // Node closes a socket after its error.
    host.on('error', () => {});
    socket.on('error', () => {});
    host.on('close', () => {
      known.delete(host);
      if (connected || socket.destroyed) socket.destroy();
      else this.accept(socket, others);
    });
    socket.on('close', () => host.destroy());
  }

  async close(): Promise<void> {
    for (const known of this.connections.values()) for (const socket of known) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
