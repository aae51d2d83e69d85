import { sqliteStore } from '../../src/storage/typeorm/index.js';
import { TestWorker, epochMs, message } from '../conformance/harness.js';

/*
 * Run as a child process: opens the database named by the first argument, commits one message, reports that it is ready,
 * and then holds the database until it is killed.
 */
const store = sqliteStore(process.argv[2]!, { wallMs: () => epochMs });
await store.open();
await store.acquireExclusiveLock();
const worker = await TestWorker.start(store);
await worker.commit({ inbox: [message(1)] });
process.send!('ready');
process.on('message', () => {});
