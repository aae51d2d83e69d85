/** The options of a host and of a client on Restate. */
import type { Container } from 'inversify';
import { InvalidArgumentError } from '../errors/index.js';
import { quoted, shown } from '../errors/text.js';
import { checkCallbacks, checkLimits, type FailedSignal, type RefusedStart } from '../host/options.js';
import { durationMs, type Duration } from '../model/duration.js';
import type { Limits } from '../model/limits.js';
import { checkOptions, listOf, type OptionNames } from '../model/options.js';
import type { Logger } from '../ports/log.js';

/** The options of `connectRestate`, and of every host. */
export interface RestateConnectOptions {
  /** URLs of the ingress of Restate. The client goes on with the next one when one does not answer. At least one. */
  readonly ingress: readonly string[];
  /**
   * URL of the admin API of Restate, or URLs of several nodes: for queries, and for the names of code that other hosts run. Default: none.
   */
  readonly admin?: string | readonly string[] | undefined;
  /** Entities, orchestrations and activities: decorated classes, or values of `defineEntity` and the like. */
  readonly register?: readonly unknown[] | undefined;
  /** Beginning of the names of all Restate services of this task hub. ASCII letters, digits, `_` and `-`. Default `'de'`. */
  readonly hub?: string | undefined;
  /** The inversify container with the services of your classes. Default: an empty container. */
  readonly container?: Container | undefined;
  /** A resolver of services, for applications with another container. Default: none. */
  readonly services?: { has(token: unknown): boolean; get(token: unknown): unknown } | undefined;
  /** Whether classes that neither `container` nor `services` has are built when an object needs them. Default: true. */
  readonly autobind?: boolean | undefined;
  /** The maximum sizes of inputs, states and turns. Defaults: see Limits. */
  readonly limits?: Partial<Limits> | undefined;
  /** The logger, with the methods of pino. Default: the console, without `debug`. */
  readonly logger?: Logger | undefined;
}

/** The options of `RestateHost.start`. */
export interface RestateHostOptions extends RestateConnectOptions {
  readonly register: readonly unknown[];
  /** Where the host accepts the requests of Restate, by HTTP/2. Default: 127.0.0.1, on a free port. */
  readonly listen?: { readonly port?: number | undefined; readonly host?: string | undefined } | undefined;
  /** URL under which Restate reaches the host. With it and `admin`, the host registers itself. Default: none. */
  readonly advertise?: string | undefined;
  /** Public keys of the Restate cluster. Requests that it has not signed are refused. Required to listen on a public address. */
  readonly identityKeys?: readonly string[] | undefined;
  /** The time that running operations and activities get to end when the host stops. Default 20 s. */
  readonly stopTimeout?: Duration | undefined;
  /** How long Restate knows the idempotency key (`requestId`) of a message. At least 1 minute. Default 24 hours. */
  readonly receipts?: Duration | undefined;
  /**
   * How long Restate keeps the journal of an invocation that has ended: for `run.history()`, and for its own pages and queries. Default: it
   * keeps none.
   */
  readonly journals?: Duration | undefined;
  /** Called once for each failed operation of a signal. Default: failures are only logged. */
  readonly onSignalFailed?: ((error: Error, signal: FailedSignal) => void) | undefined;
  /** Called once for each refused start by an entity or an orchestration. Default: refusals are only logged. */
  readonly onStartRefused?: ((error: Error, start: RefusedStart) => void) | undefined;
  /** Strict mode: see `DurableHostOptions`. */
  readonly strict?: 'off' | 'warn' | 'error' | undefined;
}

const connectNames: OptionNames<RestateConnectOptions> = {
  ingress: true,
  admin: true,
  register: true,
  hub: true,
  container: true,
  services: true,
  autobind: true,
  limits: true,
  logger: true,
};

const hostNames: OptionNames<RestateHostOptions> = {
  ...connectNames,
  register: true,
  listen: true,
  advertise: true,
  identityKeys: true,
  stopTimeout: true,
  receipts: true,
  journals: true,
  onSignalFailed: true,
  onStartRefused: true,
  strict: true,
};

export interface CheckedConnect extends RestateConnectOptions {
  readonly register: readonly unknown[];
  readonly hub: string;
  readonly checkedLimits: Limits;
  /** URLs without a slash at the end. */
  readonly admins: readonly string[];
}

export interface CheckedHost extends Omit<RestateHostOptions, 'hub' | 'register'>, CheckedConnect {
  readonly register: readonly unknown[];
  readonly port: number;
  readonly host: string;
  readonly stopMs: number;
  readonly receiptsMs: number;
  readonly journalsMs: number;
}

/** @throws InvalidArgumentError */
export function checkConnectOptions(given: RestateConnectOptions): CheckedConnect {
  return checkShared(checkOptions(given, connectNames));
}

/** @throws InvalidArgumentError */
export function checkHostOptions(given: RestateHostOptions): CheckedHost {
  const options = checkOptions(given, hostNames);
  if (options.register === undefined) throw notAList('register', undefined, 'Give [Counter, transferFunds, ...].');
  const shared = checkShared(options);
  checkCallbacks(options);
  const { port = 0, host = '127.0.0.1' } = checkOptions(options.listen, { port: true, host: true }, 'listen');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('listen.port', `${shown(port)} is no port`, 'Give a whole number from 0 to 65535.');
  }
  const { advertise, identityKeys = [], stopTimeout = 20_000, receipts = '24 hours', journals = 0 } = options;
  if (advertise !== undefined) checkUrl(advertise, 'advertise');
  if (listOf(identityKeys) === undefined) throw notAList('identityKeys', identityKeys, "Give ['publickeyv1_…'].");
  if (identityKeys.length === 0 && !isLoopback(host)) {
    throw new InvalidArgumentError(
      'identityKeys',
      `the host would accept requests of anybody at ${quoted(host)}`,
      'Give the public key of your Restate cluster, or listen on 127.0.0.1.',
    );
  }
  const receiptsMs = durationMs(receipts, 'receipts');
  if (receiptsMs < 60_000) throw new InvalidArgumentError('receipts', `${receiptsMs} ms is less than 60000 ms`);
  const stopMs = durationMs(stopTimeout, 'stopTimeout');
  const journalsMs = durationMs(journals, 'journals');
  return { ...options, ...shared, register: options.register, port, host, stopMs, receiptsMs, journalsMs };
}

function checkShared(options: RestateConnectOptions): CheckedConnect {
  const { ingress, admin, register = [], hub = 'de', limits } = options;
  const addresses = listOf(ingress);
  if (addresses === undefined || addresses.length === 0) {
    throw notAList('ingress', ingress, "Give the URL of the ingress: ['http://127.0.0.1:8080'].");
  }
  for (const address of addresses) checkUrl(address, 'ingress');
  const admins = (admin === undefined ? [] : (listOf(admin) ?? [admin])) as readonly string[];
  for (const address of admins) checkUrl(address, 'admin');
  if (listOf(register) === undefined) throw notAList('register', register, 'Give [Counter, transferFunds, ...].');
  if (typeof hub !== 'string' || !/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(hub)) {
    throw new InvalidArgumentError(
      'hub',
      `${quoted(hub)} is no beginning of a service name`,
      'Give an ASCII letter, followed by at most 62 letters, digits, `_` and `-`.',
    );
  }
  checkCallbacks({ logger: options.logger });
  return { ...options, register, hub, admins: admins.map(withoutSlash), checkedLimits: checkLimits(limits) };
}

function notAList(argument: string, given: unknown, hint: string): Error {
  return new InvalidArgumentError(argument, `${quoted(given)} is not an array with items`, hint);
}

function checkUrl(given: unknown, argument: string): void {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return;
  throw new InvalidArgumentError(
    argument,
    `${quoted(given)} is no URL`,
    'Give a URL that begins with http:// or https://.',
  );
}

/** A URL without a slash at its end. */
export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
