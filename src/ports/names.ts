import { UnknownOrchestrationError } from '../errors/index.js';

export type NameKind = 'entity' | 'orchestration' | 'activity' | 'version';

/** The names that a task hub knows. */
export interface Names {
  knows(kind: NameKind, name: string): boolean;
  list(kind: NameKind): string[];
}

/**
 * The name under which a worker announces a version of an orchestration. Version 1 is announced beside other versions only: alone, the name of
 * the orchestration stands for it.
 */
export function versionName(name: string, version: number): string {
  return `${name}@${version}`;
}

/** The error for an orchestration or version that no worker has ever announced. `undefined` if a worker has announced it. */
export function unknownOrchestration(
  names: Names,
  name: string,
  version: number | undefined,
): UnknownOrchestrationError | undefined {
  if (!names.knows('orchestration', name)) return new UnknownOrchestrationError(name, names.list('orchestration'));
  if (version === undefined || version === 1 || names.knows('version', versionName(name, version))) return undefined;
  const begin = `${name}@`;
  const versions = names.list('version').filter((known) => known.startsWith(begin) && known !== `${begin}1`);
  const known = versions.map((one) => `${name} in version ${one.slice(begin.length)}`);
  return new UnknownOrchestrationError(name, [name, ...known], version);
}
