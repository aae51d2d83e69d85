import type { MigrationInterface, QueryRunner } from 'typeorm';
import { commitSignature, createCommitFunction } from '../commit-function.js';
import { createExpiryFunction, expirySignature } from '../expiry-function.js';
import { namesOf } from '../names.js';

/*
 * The tables of format 2, as on SQLite, with what several workers need. Texts are compared byte by byte (COLLATE "C"). Instants are ms since
 * 1970. All names are qualified by the schema, because a pooler may hand out a session with another search path.
 */
const text = 'text COLLATE "C"';

function tables(q: (name: string) => string): string[] {
  return [
    `CREATE TABLE ${q('task_hub')} (id integer PRIMARY KEY, schema_version integer NOT NULL, min_reader integer NOT NULL,
      format integer NOT NULL, partition_count integer NOT NULL, names ${text} NOT NULL, next_block bigint NOT NULL DEFAULT 0,
      hub_time bigint NOT NULL DEFAULT 0, active_ms bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50)`,
    // Every commit updates its row: with free space beside it, the new version stays on its page, and no index changes.
    `CREATE TABLE ${q('worker')} (incarnation bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name ${text} NOT NULL,
      seq bigint NOT NULL, alive smallint NOT NULL, expires_at bigint NOT NULL, kind ${text} NOT NULL DEFAULT 'worker',
      holds smallint NOT NULL DEFAULT 0, hub_time bigint NOT NULL DEFAULT 0, active_ms bigint NOT NULL DEFAULT 0,
      token ${text} NOT NULL, version ${text}, names ${text}) WITH (fillfactor = 10)`,
    `CREATE TABLE ${q('partition')} (number integer PRIMARY KEY, owner bigint NOT NULL, epoch bigint NOT NULL,
      crashes integer NOT NULL DEFAULT 0) WITH (fillfactor = 50)`,
    `CREATE TABLE ${q('instance')} (id ${text} PRIMARY KEY, kind ${text} NOT NULL, name ${text} NOT NULL, key ${text} NOT NULL,
      partition integer NOT NULL, version bigint NOT NULL, state ${text}, meta ${text}, status ${text},
      created_at bigint NOT NULL, updated_at bigint NOT NULL, ended_at bigint, ended_active bigint, parent ${text}, first_chunk ${text})
      WITH (fillfactor = 70)`,
    // The numbers of `seq` follow the commits of one sender: without a cache, whatever connection its statements run on.
    `CREATE TABLE ${q('inbox')} (seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME ${q('inbox_seq')} CACHE 1),
      id bigint PRIMARY KEY, partition integer NOT NULL, target ${text} NOT NULL, arrival bigint, due bigint,
      attempts integer NOT NULL DEFAULT 0, body ${text} NOT NULL)
      WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0)`,
    `CREATE TABLE ${q('history')} (instance ${text} NOT NULL, execution ${text} NOT NULL, chunk integer NOT NULL,
      events ${text} NOT NULL, PRIMARY KEY (instance, execution, chunk))`,
    `CREATE TABLE ${q('receipt')} (request_id ${text} NOT NULL, target ${text} NOT NULL, hash ${text} NOT NULL,
      outcome ${text}, at bigint NOT NULL, PRIMARY KEY (request_id, target))`,
    `CREATE TABLE ${q('dead_letter')} (id bigint PRIMARY KEY, target ${text} NOT NULL, body ${text} NOT NULL,
      attempts integer NOT NULL, reason ${text} NOT NULL, at bigint NOT NULL, active_at bigint NOT NULL)`,
    `CREATE TABLE ${q('tag')} (tag ${text} NOT NULL, value ${text} NOT NULL, instance ${text} NOT NULL,
      PRIMARY KEY (tag, value, instance))`,
    `CREATE TABLE ${q('named_signal')} (entity ${text} NOT NULL, name ${text} NOT NULL, "row" bigint NOT NULL,
      PRIMARY KEY (entity, name))`,
  ];
}

/**
 * Each index of the inbox begins with the partition, so that a poll passes over no rows of other workers. Each row is in exactly one of the
 * three, so that a poll scans no rows that wait for later.
 */
function indexes(q: (name: string) => string, plain: (name: string) => string): string[] {
  const index = (name: string, on: string) => `CREATE INDEX ${plain(name)} ON ${on}`;
  return [
    index('inbox_unscheduled', `${q('inbox')} (partition, seq) WHERE arrival IS NULL AND due IS NULL`),
    index('inbox_scheduled', `${q('inbox')} (partition, due) WHERE arrival IS NULL AND due IS NOT NULL`),
    index('inbox_adopted', `${q('inbox')} (partition, arrival, seq, target) WHERE arrival IS NOT NULL`),
    index('instance_status', `${q('instance')} (status, id) WHERE status IS NOT NULL`),
    index('instance_ended', `${q('instance')} (status, ended_active) WHERE ended_active IS NOT NULL`),
    index('instance_parent', `${q('instance')} (parent, id) WHERE parent IS NOT NULL`),
    index('worker_living', `${q('worker')} (kind, incarnation) WHERE alive = 1`),
    index('tag_instance', `${q('tag')} (instance)`),
  ];
}

export class CreateTables1764300000000 implements MigrationInterface {
  static readonly name = 'CreateTables1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    const names = namesOf(runner.connection.options);
    const { qualified, plain } = names;
    const functions = [createCommitFunction(names), createExpiryFunction(names)];
    for (const sql of [...tables(qualified), ...indexes(qualified, plain), ...functions]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const names = namesOf(runner.connection.options);
    const { qualified } = names;
    for (const signature of [commitSignature(names), expirySignature(names)])
      await runner.query(`DROP FUNCTION ${signature}`);
    const all = [
      'named_signal',
      'tag',
      'dead_letter',
      'receipt',
      'history',
      'inbox',
      'instance',
      'partition',
      'worker',
    ];
    for (const table of [...all, 'task_hub']) await runner.query(`DROP TABLE ${qualified(table)}`);
  }
}
