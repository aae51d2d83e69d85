import type { Names } from './names.js';

export const expiryFunction = 'expires_v1';

export function expirySignature({ qualified: q }: Names): string {
  return `${q(expiryFunction)}(text)`;
}

/**
 * The time when an entity expires, from its `meta`. NULL if there is no such time, or if the text cannot be read: PostgreSQL 15 has no test
 * for JSON that does not raise an error. The name has a version, as that of the commit function.
 */
export function createExpiryFunction({ qualified: q }: Names): string {
  return `CREATE FUNCTION ${q(expiryFunction)}(in_meta text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
AS $expiry$
BEGIN
  IF json_typeof(in_meta::json -> 'expires') = 'number' THEN RETURN (in_meta::json ->> 'expires')::double precision; END IF;
  RETURN NULL;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END
$expiry$`;
}
