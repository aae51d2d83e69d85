// DBOS: entity state is a row in the application's PostgreSQL; an operation is a workflow with one step.
// The published PostgreSQL data source (4.24.16) does not run on SDK 5.3.0, so the exactly-once step is written by hand:
// the step's id is recorded in the same SQL statement as the state change (STEP=plain: without it, at-least-once).
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';

export const url = process.env.DBOS_URL ?? 'postgres://app:app@127.0.0.1:5432/bench';
const db = new pg.Pool({ connectionString: url, max: 10 });
const plain = process.env.STEP === 'plain';
const UP = 'on conflict (k) do update set v = counter.v + excluded.v returning v';
const ADD = plain
  ? `insert into counter(k,v) values($1,$2) ${UP}`
  : `with first as (insert into applied(id) values($3) on conflict do nothing returning 1), up as (insert into counter(k,v) select $1,$2 from first ${UP})
     select v from up union all select v from counter where k=$1 and not exists (select 1 from up)`;
const stepKey = () => `${DBOS.workflowID}:${DBOS.stepID}`;
const addTx = DBOS.registerStep(
  async (k, n) => (await db.query({ name: 'add', text: ADD, values: plain ? [k, n] : [k, n, stepKey()] })).rows[0].v,
  { name: 'addTx' },
);
const getTx = DBOS.registerStep(
  async (k) => (await db.query({ name: 'get', text: 'select v from counter where k=$1', values: [k] })).rows[0]?.v ?? 0,
  { name: 'getTx' },
);
const transferTx = DBOS.registerStep(
  async (from, to, amount) => {
    const c = await db.connect();
    try {
      await c.query('begin');
      const done = await c.query('select 1 from applied where id=$1', [stepKey()]);
      const { rows } = await c.query('select id, b from account where id in ($1, $2) order by id for update', [
        from,
        to,
      ]);
      const ok = done.rowCount > 0 || rows.find((r) => r.id === from).b >= amount;
      if (ok && done.rowCount === 0) {
        await c.query(
          'update account set b = b + (case when id=$1 then -$3::int else $3::int end) where id in ($1, $2)',
          [from, to, amount],
        );
        await c.query('insert into applied(id) values($1)', [stepKey()]);
      }
      await c.query('commit');
      return ok;
    } catch (e) {
      await c.query('rollback');
      throw e;
    } finally {
      c.release();
    }
  },
  { name: 'transferTx' },
);

export const add = DBOS.registerWorkflow((k, n) => addTx(k, n), { name: 'add' });
export const addQ = DBOS.registerWorkflow((k, n) => addTx(k, n), { name: 'addQ' });
export const tiny = DBOS.registerWorkflow(async (a, b) => (await getTx(a)) + (await addTx(b, 1)), { name: 'tiny' });
export const get = DBOS.registerWorkflow((k) => getTx(k), { name: 'get' });
// The entity operations as child workflows rather than steps, the closer analogue of calling an entity.
export const tinyChild = DBOS.registerWorkflow(async (a, b) => (await get(a)) + (await add(b, 1)), {
  name: 'tinyChild',
});
export const transfer = DBOS.registerWorkflow((f, t, n) => transferTx(f, t, n), { name: 'transfer' });
export const fanoutChild = DBOS.registerWorkflow(
  async (n) => {
    const hs = await Promise.all(Array.from({ length: n }, (_, i) => DBOS.startWorkflow(add)(`f${i}`, 1)));
    const rs = await Promise.all(hs.map((h) => h.getResult()));
    return rs.reduce((s, v) => s + v, 0);
  },
  { name: 'fanoutChild' },
);
export const fanoutStep = DBOS.registerWorkflow(
  async (n) => (await Promise.all(Array.from({ length: n }, (_, i) => addTx(`g${i}`, 1)))).reduce((s, v) => s + v, 0),
  { name: 'fanoutStep' },
);

export async function launch(extra = {}) {
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: url,
    logLevel: process.env.LOG ?? 'error',
    applicationVersion: 'v1',
    ...extra,
  });
  await db.query(
    'create table if not exists counter(k text primary key, v int not null); create table if not exists account(id int primary key, b int not null); create table if not exists applied(id text primary key)',
  );
  await DBOS.launch();
  if (process.env.QUEUE)
    await DBOS.registerQueue('q', {
      minPollingIntervalMs: Number(process.env.QPOLL ?? 1000),
      ...(process.env.QPART ? { partitionConcurrency: 1 } : {}),
    });
}
export { DBOS };
