/**
 * The version of a stored state. Version 1 is not stored, so that `{ "value": 3 }` has no further field. A higher version is stored in the
 * reserved field `$de:version`, beside the fields of the class, or beside `$de:state` for a state that is not an object.
 */
import { StoredStateProblem } from '../../functions/state-type.js';
import type { Json } from '../../model/values.js';
import { typeText } from './problems.js';

const versionField = '$de:version';
const stateField = '$de:state';

export interface Versioning {
  readonly version?: number | undefined;
  readonly upgrade?: ((state: unknown, from: number) => unknown) | undefined;
}

export function withVersion(state: Json, { version = 1 }: Versioning): Json {
  if (version === 1) return state;
  return isFields(state) ? { [versionField]: version, ...state } : { [versionField]: version, [stateField]: state };
}

/** The stored JSON, converted to the form of the present version. @throws StoredStateProblem */
export function currentForm(stored: Json, { version = 1, upgrade }: Versioning): Json {
  const { from, state } = split(stored);
  if (from > version) {
    throw new StoredStateProblem('state', `it is of version ${from}, newer than version ${version} of this code`);
  }
  if (from === version || upgrade === undefined) return state;
  try {
    return JSON.parse(JSON.stringify(upgrade(state, from), refuseNoJson) ?? 'null') as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoredStateProblem('state', `upgrade from version ${from} failed: ${reason}`, error);
  }
}

/** Refuses numbers for which JSON.stringify would write null. */
function refuseNoJson(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`it made ${value} of ${key || 'the state'}`);
  return value;
}

/** The stored JSON without its version, for readers that do not know the class. */
export function unversioned(stored: Json): Json {
  return split(stored).state;
}

function split(stored: Json): { from: number; state: Json } {
  if (!isFields(stored) || !Object.hasOwn(stored, versionField)) return { from: 1, state: stored };
  const { [versionField]: from, ...fields } = stored;
  if (typeof from !== 'number') {
    throw new StoredStateProblem('state', `its version is ${typeText(from)}, not a number`);
  }
  return { from, state: Object.hasOwn(fields, stateField) ? (fields[stateField] as Json) : fields };
}

/** Whether stored JSON is an object of fields, and not a tag. */
export function isFields(stored: Json): stored is { [key: string]: Json } {
  return typeof stored === 'object' && stored !== null && !Array.isArray(stored) && !Object.hasOwn(stored, '$de');
}
