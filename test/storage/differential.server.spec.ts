import { amount } from '../amount.js';
import { hasMysql } from '../servers/mysql.js';
import { hasPostgres } from '../servers/postgres.js';
import { differential, partitionCount } from './differential.js';
import { createMysqlDatabase } from './mysql-databases.js';
import { createDatabase } from './postgres-databases.js';

const runs = amount({ usual: 8, long: 25 });

/** Without `seq`: a sequence of a server skips the numbers of a refused batch. The order of rows stays in the answers. */
function withoutSeq(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === 'seq' ? undefined : value)));
}

if (hasPostgres())
  differential({ what: 'PostgreSQL', shared: true, runs }, async (clock) => {
    const database = await createDatabase({ partitionCount, wallMs: () => clock.nowMs });
    return { store: database.store(), compared: withoutSeq, dispose: () => database.dispose() };
  });

if (hasMysql())
  differential({ what: 'MySQL or MariaDB', shared: true, runs }, async (clock) => {
    const database = await createMysqlDatabase({ partitionCount, wallMs: () => clock.nowMs });
    return { store: database.store(), compared: withoutSeq, dispose: () => database.dispose() };
  });
