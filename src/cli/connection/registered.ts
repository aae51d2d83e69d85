/** The user's module of `--register`: its classes and definitions, and the container for their services. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DurableHostOptions } from '../../host/index.js';
import { CliError } from '../cli-error.js';

/** Parts that a host needs to run the code of a module. */
export type RegisteredCode = Pick<DurableHostOptions, 'register' | 'container'>;

const forms = 'Export `register`: an array of classes and definitions. `container` may be exported beside it.';

/** Loads the module. It may be a path, or the name of a package. */
export async function loadRegistered(module: string, folder: string): Promise<RegisteredCode> {
  const isPath = /^[./\\]|^[a-z]:[\\/]|\.[cm]?js$/i.test(module);
  let loaded: Record<string, unknown>;
  try {
    // Decorated classes need it, and a module of classes alone does not import it.
    await import('reflect-metadata');
    loaded = (await import(isPath ? pathToFileURL(resolve(folder, module)).href : module)) as Record<string, unknown>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(
      'failed',
      `The module ${JSON.stringify(module)} cannot be loaded: ${reason}`,
      forms,
      undefined,
      cause,
    );
  }
  const { default: fallback, register = fallback, container } = loaded;
  if (!Array.isArray(register)) {
    throw new CliError('usage', `The module ${JSON.stringify(module)} exports no array \`register\`.`, forms);
  }
  const list = register as readonly unknown[];
  return container === undefined
    ? { register: list }
    : { register: list, container: container as NonNullable<RegisteredCode['container']> };
}
