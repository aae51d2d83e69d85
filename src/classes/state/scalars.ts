/**
 * Converts a stored value to the type of the present field. Only lossless conversions are done. Every other value is a problem; the
 * result is never NaN, an Invalid Date or a silent default.
 */
import { EntityId, isEntityId } from '../../model/entity-id.js';
import { fromTree, type Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import type { ScalarShape } from './shapes.js';

/** Result of an impossible conversion. */
export const notConvertible = Symbol('not convertible');

type Converted = unknown;

const integer = /^[+-]?\d+$/;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const isoDate = /^[+-]?\d{4,6}-\d{2}-\d{2}(?:[T ].*)?$/;

/** Converts a stored value to a scalar of this shape. @param stored JSON with its tags */
export function toScalar({ kind, type }: ScalarShape, stored: Json): Converted {
  const value = typeof stored === 'object' && stored !== null && !Array.isArray(stored) ? tagged(stored) : stored;
  switch (kind) {
    case 'number':
      return toNumber(value);
    case 'string':
      return toText(value);
    case 'boolean':
      return toBoolean(value);
    case 'bigint':
      return toBigint(value);
    case 'date':
      return derivedDate(toDate(value), type);
    case 'bytes':
      return toBytes(value, type === Buffer);
    case 'entityId':
      return toEntityId(value);
  }
}

/** The value of a tag. The object itself if it is not a tag. */
function tagged(stored: { [key: string]: Json }): unknown {
  return Object.hasOwn(stored, '$de') ? fromTree(stored) : stored;
}

function toNumber(value: unknown): Converted {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : notConvertible;
  if (typeof value !== 'string' || !decimal.test(value.trim())) return notConvertible;
  const number = Number(value);
  const exact = Number.isFinite(number) && (!integer.test(value.trim()) || Number.isSafeInteger(number));
  return exact ? number : notConvertible;
}

function toText(value: unknown): Converted {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      if (value === null) return null;
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? notConvertible : value.toISOString();
      return isEntityId(value) ? value.toString() : notConvertible;
  }
}

function toBoolean(value: unknown): Converted {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 1) return true;
  return value === 'false' || value === 0 ? false : notConvertible;
}

function toBigint(value: unknown): Converted {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : notConvertible;
  return typeof value === 'string' && integer.test(value.trim())
    ? BigInt(value.trim().replace(/^\+/, ''))
    : notConvertible;
}

function toDate(value: unknown): Converted {
  if (value === null || value instanceof Date) return value;
  const readable = typeof value === 'number' || (typeof value === 'string' && isoDate.test(value));
  if (!readable) return notConvertible;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? notConvertible : date;
}

/** Version 0.1 stored a Buffer as bytes. */
function toBytes(value: unknown, asBuffer: boolean): Converted {
  if (value === null) return null;
  if (!(value instanceof Uint8Array)) return notConvertible;
  return asBuffer && !Buffer.isBuffer(value) ? Buffer.from(value) : value;
}

/** An object of a class derived from Date, made by its constructor from the time. */
function derivedDate(value: Converted, type: AnyClass | undefined): Converted {
  if (type === undefined || !(value instanceof Date)) return value;
  return new (type as new (ms: number) => Date)(value.getTime());
}

function toEntityId(value: unknown): Converted {
  if (value === null || isEntityId(value)) return value;
  if (typeof value !== 'string') return notConvertible;
  try {
    return EntityId.parse(value);
  } catch {
    return notConvertible;
  }
}
