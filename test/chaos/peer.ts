/** A process of the chaos: a host and clients, or clients only. Run by `Peer` of peer-process.ts: `node peer.js '{…}'`. */
import { setTimeout } from 'node:timers/promises';
import { DurableClient } from '../../src/index.js';
import { plant } from './clock/planted.js';
import { drain } from './drain.js';
import { loggerTo, startHost, type ChaosHost } from './host.js';
import type { PeerCommand, PeerMessage, PeerOptions } from './peer-protocol.js';
import { connectToRestate, startOnRestate } from './restate/host.js';
import { isRestate } from './restate/place.js';
import { openAccounts, Sender } from './sender.js';
import { id } from '../engine/programs.js';
import { Transactions } from './transactions.js';
import { registered, spoiltList } from './workload.js';

const options = JSON.parse(process.argv[2] as string) as PeerOptions;
/** By each client, of what it sent. */
const repeatedMax = 12;
const tell = (message: PeerMessage) => process.send?.(message);
// Nobody is left to look at it.
process.on('disconnect', () => process.exit(4));

/** By the monotonic clock: the wall clock may jump. */
const nowMs = () => options.startedAtMs + performance.now();

let mode: 'send' | 'drain' | 'stop' = 'send';
let untold = 0;
let toldAtMs = 0;

tell({ phase: 'opening' });
const host = options.serves ? await begin(() => openHost()) : undefined;
const client = host?.client ?? (await begin(() => connectClient()));
tell({ phase: 'ready' });

const transactions = options.transactions ? await begin(() => openTransactions()) : undefined;

const makeSender = (sender: PeerOptions['toucher'], index: number) =>
  new Sender(client, {
    ...sender,
    seed: options.seed + index,
    nowMs,
    transactions,
    isNewer: options.code === 'newer',
    onAck,
    onPassing,
    onSurprise: (surprise) => tell({ surprise }),
  });
const senders = options.senders.map(makeSender);
const toucher = makeSender(options.toucher, -1);
let touched = 0;
process.on('message', (command: PeerCommand) => void obey(command).catch(fail));
process.on('SIGTERM', () => void stop().catch(fail));

if (host !== undefined) void tellRoles(host);

try {
  if (senders.length > 0) await openAccounts(client, { mayGoOn: () => mode === 'send', onPassing });
  await Promise.all(senders.map((sender) => sender.run(() => mode === 'send')));
  if ((mode as string) === 'drain') await finish();
} catch (error) {
  await fail(error as Error);
}

function openHost(): Promise<ChaosHost> {
  const { storage, code, logPath } = options;
  return isRestate(storage) ? startOnRestate(storage, { code, logPath }) : startHost({ ...options, storage });
}

function openTransactions(): Promise<Transactions> {
  const { storage } = options;
  if (isRestate(storage)) throw new Error('an application has no transactions on Restate');
  return Transactions.on(storage, client);
}

function connectClient(): Promise<DurableClient> {
  const { storage, code, logPath } = options;
  if (isRestate(storage)) return connectToRestate(storage, { code });
  return DurableClient.connect({ storage, register: registered[code], logger: loggerTo(logPath) });
}

async function begin<T>(what: () => Promise<T>): Promise<T> {
  try {
    return await what();
  } catch (error) {
    return fail(error as Error);
  }
}

/** The role is asked for: a host says only when it becomes active. */
async function tellRoles(host: ChaosHost): Promise<void> {
  for (let told: string | undefined; mode !== 'stop'; await setTimeout(5)) {
    const { role } = host;
    if (role !== undefined && role !== told) tell({ role });
    told = role;
  }
}

/** Told now and then: the history has every single one. */
function onAck(sentAtMs: number): void {
  untold++;
  const nowMs = performance.now();
  if (nowMs - toldAtMs < 10) return;
  tell({ acked: untold, lastSentAtMs: sentAtMs });
  untold = 0;
  toldAtMs = nowMs;
}

/** A host that stopped by itself is of no use any more: what a supervisor would see. */
function onPassing(error: Error & { code?: string }): void {
  const isBroken =
    error.code === 'DE_STORAGE_BROKEN' || (error.code === 'DE_HOST_STOPPED' && error.cause !== undefined);
  if (isBroken && mode !== 'stop') void fail(error);
}

/** Says why, and ends the process when that is out. */
function fail(error: Error & { code?: string }): Promise<never> {
  mode = 'stop';
  const { code = error.name, cause } = error;
  const told = { failed: code, message: error.message, cause: (cause as { code?: string } | undefined)?.code };
  process.send?.(told satisfies PeerMessage, () => process.exit(3));
  return new Promise(() => {});
}

async function obey(command: PeerCommand): Promise<void> {
  if (command.do === 'stop') return stop();
  if (command.do === 'drain') mode = 'drain';
  if (command.do === 'touch') {
    await toucher.touch(spoiltList);
    tell({ touched: ++touched });
  }
  if (command.do === 'repeat') {
    const counts = await Promise.all(senders.map((sender) => sender.repeat(repeatedMax, () => mode === 'send')));
    tell({ repeated: counts.reduce((sum, count) => sum + count, 0) });
  }
  if (command.do === 'plant') {
    await plant(client, command.number, { nowMs: nowMs(), mayGoOn: () => mode === 'send' });
    tell({ planted: command.number });
  }
  if (command.do === 'probe') tell({ probed: await toucher.probe(spoiltList) });
  if (command.do === 'harm') {
    const { harm, requestId, input } = command;
    await client.signalEntity(id('Bomb', harm), harm, input, { requestId });
    tell({ harmed: requestId });
  }
}

async function stop(): Promise<void> {
  if (mode === 'stop') return;
  mode = 'stop';
  tell({ phase: 'stopping' });
  await (host === undefined ? client.close() : host.stop());
  await transactions?.close();
  tell({ phase: 'stopped' });
  process.exit(0);
}

/** Brings everything that was begun to its end. */
async function finish(): Promise<void> {
  await drain(client, [toucher, ...senders], {
    mayGoOn: () => mode === 'drain',
    setAside: !isRestate(options.storage),
  });
  tell({ phase: 'drained' });
}
