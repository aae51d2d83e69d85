// Child process for the recovery test: sends (and acknowledges over IPC) until it is killed; with n=0 it only recovers.
import { DBOS, add, launch } from './app.mjs';
import { pool } from '../lib/harness.mjs';
await launch();
const n = Number(process.argv[2]),
  p = process.argv[3];
process.send?.('up');
await pool(n, 64, async (i) => {
  await DBOS.startWorkflow(add)(`${p}${i % 100}`, 1);
  process.send?.('ack');
});
setInterval(() => {}, 1000);
