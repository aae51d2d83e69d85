/** The command `serve`: the dashboard and the APIs of a task hub, with or without the user's code in this process. */
import { noteLogger, storageOf } from '../connection/target.js';
import { command, optionalFlag, optionalNumber, optionalText, storageFlags } from './command.js';

interface ServeFlags {
  readonly storage?: string;
  readonly register?: string;
  readonly port?: number;
  readonly host?: string;
  readonly allowWrites?: boolean;
  readonly allowHost?: string;
}

export const serveHub = command<ServeFlags>({
  brief: 'Serves the dashboard and the HTTP API until it is interrupted',
  more: 'Tokens come from the environment: DURABLE_TOKEN may write, DURABLE_READ_TOKEN may read. Another address than loopback needs one.',
  flags: {
    ...storageFlags,
    register: optionalText('Module that exports `register`: a host runs its classes in this process', 'module'),
    port: optionalNumber('Port. 0 takes a free one. Default: 7071', 'number'),
    host: optionalText('Address to listen on. Default: 127.0.0.1', 'address'),
    allowWrites: optionalFlag('Callers on this machine may write without a token'),
    allowHost: optionalText('A further name that requests may be sent to', 'name'),
  },
  async run(terminal, flags) {
    const { env, cwd, signal } = terminal.around;
    const [storage, { openHub }, { loadRegistered }, { serve }] = await Promise.all([
      storageOf(flags, terminal),
      import('../connection/in-process.js'),
      import('../connection/registered.js'),
      import('../../http/index.js'),
    ]);
    const logger = noteLogger(terminal);
    const code = flags.register === undefined ? undefined : await loadRegistered(flags.register, cwd);
    const hub = await openHub(storage, code, logger);
    const { host } = hub;
    try {
      const tokens = { write: env['DURABLE_TOKEN'] || undefined, read: env['DURABLE_READ_TOKEN'] || undefined };
      const server = await serve({
        client: hub.client,
        logger,
        ...(host !== undefined && { status: () => host.status() }),
        ...(tokens.write !== undefined || tokens.read !== undefined ? { tokens } : {}),
        ...(flags.allowWrites === true && { writes: true }),
        ...(flags.allowHost !== undefined && { hosts: [flags.allowHost] }),
        ...(flags.host !== undefined && { host: flags.host }),
        ...(flags.port !== undefined && { port: flags.port }),
      });
      try {
        await terminal.write(`${server.loginUrl()}\n`);
        terminal.note('The address opens a session in one browser, once. Stop with Ctrl-C.\n');
        await aborted(signal);
      } finally {
        await server.close();
      }
    } finally {
      await hub.close();
    }
  },
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
