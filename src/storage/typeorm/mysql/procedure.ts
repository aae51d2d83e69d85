/** The frame of every procedure: one transaction, or nothing. */
import type { Names } from './names.js';

export interface ProcedureParts {
  /** Variables with their types, besides `v_now`, the time of the database. */
  readonly variables: Readonly<Record<string, string>>;
  /** The statements, from the begin of the transaction to its end. */
  readonly body: string;
}

/** The time of the database in ms since 1970, whatever the time zone of the session is. A test gives another one. */
export function nowSql(given: string): string {
  const now = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) DIV 1000";
  return `COALESCE(${given}, ${now})`;
}

/** The statement that raises a reason, which `mysql-errors.ts` reads. */
export function raise(reason: string): string {
  return `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'de:${reason}';`;
}

/** Raises the reason unless the last statement found as many rows as it should. */
export function expectRows(count: string, reason: string): string {
  return `IF ROW_COUNT() <> ${count} THEN ${raise(reason)} END IF;`;
}

/**
 * The statement that makes a procedure. It runs with the rights of its caller, who needs those on the tables. The parameter `in_now` is the
 * time of a test, or NULL.
 */
export function makeProcedure(
  { qualified: q }: Names,
  name: string,
  parameters: Readonly<Record<string, string>>,
  { variables, body }: ProcedureParts,
): string {
  const declared = Object.entries(parameters).map(([parameter, type]) => `IN ${parameter} ${type}`);
  const others = Object.entries(variables).map(([variable, type]) => `  DECLARE ${variable} ${type};`);
  return `CREATE PROCEDURE ${q(name)}(${declared.join(', ')})
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
${others.join('\n')}
  DECLARE v_now BIGINT DEFAULT ${'in_now' in parameters ? nowSql('in_now') : nowSql('NULL')};
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
${body.replace(/^\n/, '')}
END`;
}
