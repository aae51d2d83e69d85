import type { MigrationInterface, QueryRunner } from 'typeorm';
import { commitProcedure, createCommitProcedure } from '../commit-procedure.js';
import { idBytes, nameBytes } from '../json-rows.js';
import { membershipProcedures } from '../membership-procedures.js';
import { namesOf, type Names } from '../names.js';

/*
 * The tables of format 2, as on the other databases, with what several workers need. Names, keys and ids are bytes: they are compared byte by
 * byte, blanks at the end included, and an index holds more of them. Instants are ms since 1970.
 *
 * Each statement commits by itself on these servers. So each makes one thing, with its indexes, and makes nothing if the thing is there: a
 * start that was killed is continued by the next one.
 */
const id = `VARBINARY(${idBytes})`;
const name = `VARBINARY(${nameBytes})`;
const text = 'LONGTEXT';
const options = 'ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
const safe = (column: string) => `CHECK (${column} BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER})`;

/** The columns and indexes of each table. */
const tables: Readonly<Record<string, string>> = {
  task_hub: `id INT NOT NULL PRIMARY KEY, schema_version INT NOT NULL, min_reader INT NOT NULL, format INT NOT NULL,
    partition_count INT NOT NULL, names ${text} NOT NULL, next_block BIGINT NOT NULL DEFAULT 0, hub_time BIGINT NOT NULL DEFAULT 0,
    active_ms BIGINT NOT NULL DEFAULT 0`,
  worker: `incarnation BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name ${text} NOT NULL, seq BIGINT NOT NULL, alive SMALLINT NOT NULL,
    expires_at BIGINT NOT NULL, kind VARBINARY(32) NOT NULL DEFAULT 'worker', holds SMALLINT NOT NULL DEFAULT 0,
    hub_time BIGINT NOT NULL DEFAULT 0, active_ms BIGINT NOT NULL DEFAULT 0, token VARBINARY(64) NOT NULL, version ${text}, names ${text},
    KEY living (alive, kind, incarnation)`,
  partition: `number INT NOT NULL PRIMARY KEY, owner BIGINT NOT NULL, epoch BIGINT NOT NULL, crashes INT NOT NULL DEFAULT 0`,
  instance: `id ${id} NOT NULL PRIMARY KEY, kind VARBINARY(32) NOT NULL, name ${name} NOT NULL, \`key\` ${name} NOT NULL,
    \`partition\` INT NOT NULL, version BIGINT NOT NULL, state ${text}, meta ${text}, status ${name}, created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL, ended_at BIGINT, ended_active BIGINT, parent ${id}, first_chunk ${text},
    KEY status (status, id), KEY ended (status, ended_active), KEY parent (parent, id)`,
  // The index "waiting" has the rows that wait in the order in which a poll reads them, and the adopted ones of each partition.
  inbox: `seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, id BIGINT NOT NULL, \`partition\` INT NOT NULL, target ${id} NOT NULL,
    arrival BIGINT, due BIGINT, attempts INT NOT NULL DEFAULT 0, body ${text} NOT NULL,
    UNIQUE KEY id (id), KEY waiting (\`partition\`, arrival, due, seq), KEY target (target, arrival, seq),
    ${safe('id')}, ${safe('arrival')}, ${safe('due')}`,
  history: `instance ${id} NOT NULL, execution ${name} NOT NULL, chunk INT NOT NULL, events ${text} NOT NULL,
    PRIMARY KEY (instance, execution, chunk)`,
  receipt: `request_id ${id} NOT NULL, target ${id} NOT NULL, hash ${name} NOT NULL, outcome ${text}, at BIGINT NOT NULL,
    PRIMARY KEY (request_id, target)`,
  dead_letter: `id BIGINT NOT NULL PRIMARY KEY, target ${id} NOT NULL, body ${text} NOT NULL, attempts INT NOT NULL, reason ${text} NOT NULL,
    at BIGINT NOT NULL, active_at BIGINT NOT NULL`,
  tag: `tag ${name} NOT NULL, value ${name} NOT NULL, instance ${id} NOT NULL, PRIMARY KEY (tag, value, instance), KEY instance (instance)`,
  named_signal: `entity ${id} NOT NULL, name ${name} NOT NULL, \`row\` BIGINT NOT NULL, PRIMARY KEY (entity, name)`,
};

function proceduresOf(names: Names): Readonly<Record<string, string>> {
  return { [commitProcedure]: createCommitProcedure(names), ...membershipProcedures(names) };
}

export class CreateTables1764500000000 implements MigrationInterface {
  static readonly name = 'CreateTables1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    const names = namesOf(runner.connection.options);
    const { qualified: q } = names;
    for (const [table, columns] of Object.entries(tables))
      await runner.query(`CREATE TABLE IF NOT EXISTS ${q(table)} (${columns}) ${options}`);
    // A start that was killed may have made it: nobody calls it before all migrations have run.
    for (const [procedure, sql] of Object.entries(proceduresOf(names))) {
      await runner.query(`DROP PROCEDURE IF EXISTS ${q(procedure)}`);
      await runner.query(sql);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const names = namesOf(runner.connection.options);
    const { qualified: q } = names;
    for (const procedure of Object.keys(proceduresOf(names)))
      await runner.query(`DROP PROCEDURE IF EXISTS ${q(procedure)}`);
    for (const table of Object.keys(tables).toReversed()) await runner.query(`DROP TABLE IF EXISTS ${q(table)}`);
  }
}
