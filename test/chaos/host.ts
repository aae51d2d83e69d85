/** The host of the chaos, in whichever process it runs. */
import { appendFileSync } from 'node:fs';
import {
  DurableHost,
  type DurableClient,
  type Logger,
  type MysqlStorage,
  type PostgresStorage,
} from '../../src/index.js';
import { registered, type CodeVersion } from './workload.js';

/** A host on any engine. */
export interface ChaosHost {
  readonly client: DurableClient;
  /** Absent if the hosts of the engine have no roles. */
  readonly role?: DurableHost['role'] | undefined;
  stop(): Promise<void>;
}

export interface ChaosHostOptions {
  readonly storage: string | PostgresStorage | MysqlStorage;
  readonly leaseMs: number;
  readonly stallLimitMs: number;
  /** Default: the newer one. */
  readonly code?: CodeVersion;
  /** The file of its log. Default: no log. */
  readonly logPath?: string | undefined;
}

export function startHost({
  storage,
  leaseMs,
  stallLimitMs,
  code = 'newer',
  logPath,
}: ChaosHostOptions): Promise<DurableHost> {
  return DurableHost.start({
    storage,
    register: registered[code],
    leaseDuration: leaseMs,
    stallLimit: stallLimitMs,
    logger: loggerTo(logPath),
  });
}

/** Writes each line at once: its process may be killed at any time. */
export function loggerTo(path: string | undefined): Logger {
  const line = (level: string) => (fields: object, message?: string) => {
    if (path === undefined) return;
    const text = JSON.stringify(fields, (_, value: unknown) =>
      value instanceof Error ? { name: value.name, message: value.message, cause: value.cause } : value,
    );
    appendFileSync(path, `${new Date().toISOString()} ${process.pid} ${level} ${message ?? ''} ${text}\n`);
  };
  return { debug() {}, info: line('info'), warn: line('warn'), error: line('error') };
}
