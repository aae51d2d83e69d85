/** Schemas that several endpoints share: instants, pages, parameters. */
import { array, boolean, int, iso, object, oneOf, preprocess, strictObject, string, type ZodType } from '../vendor.js';
import { runtimeStatuses } from '../../model/runtime-status.js';

/** ISO 8601 in answers and requests, with Z or an offset. */
export const instant = iso.datetime({ offset: true });

export const runtimeStatus = oneOf(runtimeStatuses as ['pending', ...(typeof runtimeStatuses)[number][]]);

/** A text in a query or path. */
export const text = string().max(4_096);

/** A number in a query: decimal digits. */
export function digits(min: number, max: number) {
  return preprocess(
    (given) => (typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given),
    int().min(min).max(max),
  );
}

/** `true` or `false` in a query. */
export const flag = preprocess((given) => (given === 'true' ? true : given === 'false' ? false : given), boolean());

/** Values in a query, with commas between them, or repeated. */
export function listIn<Type extends ZodType>(item: Type) {
  return preprocess(
    (given) => (Array.isArray(given) ? given : typeof given === 'string' ? given.split(',') : given),
    array(item).min(1).max(1_000),
  );
}

/** Texts in a query, one for each time that the name is given: a text may have commas. */
export function repeated<Type extends ZodType>(item: Type) {
  return preprocess((given) => (typeof given === 'string' ? [given] : given), array(item).min(1).max(1_000));
}

/** The query of a list. */
export const pageQuery = { cursor: text.optional(), limit: digits(1, 100).optional() };

export const orderedQuery = { ...pageQuery, order: oneOf(['asc', 'desc']).optional() };

/** `full` reads values up to 1 MiB instead of 256 KiB. */
export const detailQuery = strictObject({ full: flag.optional() });

export const entityParams = strictObject({ name: text.min(1), key: text });

export const runParams = strictObject({ id: text.min(1) });

/** A page of a list. */
export function pageOf<Type extends ZodType>(item: Type) {
  return object({
    items: array(item),
    next: string().nullable(),
    scan: object({ looked: int(), of: int().nullable() }).optional(),
  });
}

const fullValue = 1_048_576;

export function valueMax(full: boolean | undefined): { valueMax?: number } {
  return full === true ? { valueMax: fullValue } : {};
}
