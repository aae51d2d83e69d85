/** The HTTP/2 server of a host, which Restate calls. */
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../ports/clock.js';

export type Handler = Parameters<typeof createServer>[1];

export class Endpoint {
  private readonly sessions = new Set<ServerHttp2Session>();
  private closed: Promise<void> | undefined = undefined;

  private constructor(
    private readonly server: Http2Server,
    private readonly clock: Clock,
  ) {
    server.on('session', (session) => {
      this.sessions.add(session);
      session.on('close', () => this.sessions.delete(session));
      // An error of a connection ends that connection. Restate connects again.
      session.on('error', () => {});
    });
  }

  /** Resolves when the server accepts connections. @throws the error of the socket, e.g. if the port is in use */
  static async listen(handler: Handler, port: number, host: string, clock: Clock): Promise<Endpoint> {
    const server = createServer(handler);
    const endpoint = new Endpoint(server, clock);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return endpoint;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /**
   * Accepts no new invocation. Resolves when all running code has ended, after `timeoutMs` at the latest. An invocation that only waits ends by
   * itself, because Restate takes it back when it is inactive for long enough.
   * @param late called when the time has passed, before the connections are cut
   */
  close(timeoutMs: number, late: () => void): Promise<void> {
    this.closed ??= this.closeOnce(timeoutMs, late);
    return this.closed;
  }

  private async closeOnce(timeoutMs: number, late: () => void): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const session of this.sessions) session.close();
    const timer = this.clock.setTimer(timeoutMs, () => {
      late();
      void this.clock.yield().then(() => {
        for (const session of this.sessions) session.destroy();
      });
    });
    await closed;
    timer.cancel();
  }
}
