/** Options of the handler and of the server, checked and with defaults. */
import type { IncomingMessage } from 'node:http';
import type { DurableClient } from '../client.js';
import { InvalidArgumentError } from '../errors/index.js';
import { quoted, shown } from '../errors/text.js';
import type { HostStatus } from '../host/index.js';
import type { Inspector } from '../hub/inspector.js';
import { checkFlag, checkOptions, listOf, type OptionNames } from '../model/options.js';
import type { Logger } from '../ports/log.js';
import { hostName } from './cross-site.js';
import type { Caller } from './exchange.js';
import { TokenTable, type Tokens } from './tokens.js';

/** The place of a value that the option `payloads` decides about. */
export interface PayloadPlace {
  readonly kind: 'state' | 'input' | 'output' | 'error' | 'customStatus' | 'event';
  /** `@name@key` of the entity, or the instance id of the orchestration. */
  readonly instance: string;
  /** Name of the entity, the orchestration or the activity. */
  readonly name: string;
}

/** Options of `createHandler`. `client` is required. */
export interface HandlerOptions {
  /** The client that reads and writes: `host.client`, or that of `DurableClient.connect`. */
  readonly client: DurableClient;
  /** The inspector that reads. Default: that of the client. */
  readonly inspector?: Inspector | undefined;
  /** Gives the status of the host in this process: `() => host.status()`. Default: readiness is that of the storage. */
  readonly status?: (() => HostStatus) | undefined;
  /** Path below which the handler is mounted, if the framework does not cut it off: `'/durable'`. Default: none. */
  readonly prefix?: string | undefined;
  /** Whether callers without a token, on this machine, may write. Default: `false`, they may read. */
  readonly writes?: boolean | undefined;
  /** Tokens of callers. With tokens, nobody reads without one. Default: only callers on this machine are served. */
  readonly tokens?: Tokens | undefined;
  /** Recognises callers, for example by the session of the application. Returns or resolves with `undefined` for strangers. Default: none. */
  readonly authorize?: ((request: IncomingMessage) => Caller | undefined | Promise<Caller | undefined>) | undefined;
  /** Names of hosts that requests may be sent to, besides those of loopback: `['app.example.com']`. Default: none. */
  readonly hosts?: readonly string[] | undefined;
  /**
   * Whether answers show states, inputs, results and errors: `'show'`, `'hide'`, or a function that returns what is shown in place of a value.
   * Default: `'show'`.
   */
  readonly payloads?: 'show' | 'hide' | ((value: unknown, where: PayloadPlace) => unknown) | undefined;
  /** Receives one line for each write, without payloads, and internal errors. Default: the console, without `debug`. */
  readonly logger?: Logger | undefined;
}

export const handlerOptions: OptionNames<HandlerOptions> = {
  client: true,
  inspector: true,
  status: true,
  prefix: true,
  writes: true,
  tokens: true,
  authorize: true,
  hosts: true,
  payloads: true,
  logger: true,
};

export interface CheckedOptions extends Omit<HandlerOptions, 'tokens' | 'hosts' | 'writes' | 'prefix' | 'payloads'> {
  readonly prefix: string;
  readonly writes: boolean;
  readonly tokens: TokenTable;
  readonly hosts: ReadonlySet<string>;
  readonly payloads: Exclude<HandlerOptions['payloads'], undefined>;
}

/** @throws InvalidArgumentError */
export function checkHandlerOptions(given: HandlerOptions): CheckedOptions {
  if ((given as unknown) === undefined)
    throw new InvalidArgumentError('options', 'they are missing', 'Give { client }.');
  const options = checkOptions(given, handlerOptions);
  if (typeof (options.client as { signalEntity?: unknown } | undefined)?.signalEntity !== 'function')
    throw new InvalidArgumentError('client', `it is ${shown(options.client)}`, 'Give `host.client`.');
  checkFunction(options.status, 'status');
  checkFunction(options.authorize, 'authorize');
  const { payloads = 'show' } = options;
  if (payloads !== 'show' && payloads !== 'hide' && typeof payloads !== 'function')
    throw new InvalidArgumentError('payloads', `it is ${shown(payloads)}`, "Give 'show', 'hide' or a function.");
  const { tokens } = options;
  return {
    ...options,
    payloads,
    prefix: checkPrefix(options.prefix),
    writes: checkFlag(options.writes, 'writes') ?? false,
    tokens: new TokenTable(tokens === undefined ? {} : checkOptions(tokens, { read: true, write: true }, 'tokens')),
    hosts: checkHosts(options.hosts),
  };
}

function checkFunction(given: unknown, argument: string): void {
  if (given === undefined || typeof given === 'function') return;
  throw new InvalidArgumentError(argument, `it is ${shown(given)}`, 'Give a function.');
}

function checkPrefix(given: unknown): string {
  if (given === undefined || given === '' || given === '/') return '';
  if (typeof given === 'string' && /^(?:\/[\w.~-]+)+\/?$/.test(given)) return given.replace(/\/$/, '');
  throw new InvalidArgumentError('prefix', `${shown(given)} is not a path`, "Give a path such as '/durable'.");
}

function checkHosts(given: unknown): ReadonlySet<string> {
  if (given === undefined) return new Set();
  const hosts = listOf(given);
  if (hosts === undefined) throw new InvalidArgumentError('hosts', `it is ${shown(given)}`, 'Give an array of names.');
  return new Set(
    hosts.map((host) => {
      if (typeof host === 'string' && hostName(host) !== undefined) return host.toLowerCase();
      throw new InvalidArgumentError('hosts', `${quoted(host)} is not a host`, "Give names such as 'app.example.com'.");
    }),
  );
}
