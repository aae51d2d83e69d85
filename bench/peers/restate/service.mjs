// The Restate service endpoint: durable entities as virtual objects, orchestrations as workflow and service handlers.
import * as restate from '@restatedev/restate-sdk';

const counter = restate.object({
  name: 'counter',
  handlers: {
    add: async (ctx, n) => {
      const v = ((await ctx.get('v')) ?? 0) + n;
      ctx.set('v', v);
      return v;
    },
    get: restate.handlers.object.shared(async (ctx) => (await ctx.get('v')) ?? 0),
    fail: async () => {
      throw new restate.TerminalError('boom', { errorCode: 409 });
    },
    failRetry: async () => {
      throw new Error('boom-retry');
    },
  },
});

// Account with an embedded pending-lock queue: the same protocol that durable entities use for critical sections.
const account = restate.object({
  name: 'account',
  handlers: {
    open: async (ctx, n) => ctx.set('b', n),
    balance: restate.handlers.object.shared(async (ctx) => (await ctx.get('b')) ?? 0),
    withdraw: async (ctx, n) => {
      const b = (await ctx.get('b')) ?? 0;
      if (b < n) return false;
      ctx.set('b', b - n);
      return true;
    },
    deposit: async (ctx, n) => ctx.set('b', ((await ctx.get('b')) ?? 0) + n),
    acquire: async (ctx, awakeableId) => {
      const q = (await ctx.get('q')) ?? [];
      q.push(awakeableId);
      ctx.set('q', q);
      if (q.length === 1) ctx.resolveAwakeable(awakeableId, (await ctx.get('b')) ?? 0);
    },
    // Releases the lock, with the new balance, and hands it to the next in line.
    release: async (ctx, balance) => {
      const q = (await ctx.get('q')) ?? [];
      q.shift();
      ctx.set('q', q);
      if (balance !== null) ctx.set('b', balance);
      if (q.length > 0) ctx.resolveAwakeable(q[0], (await ctx.get('b')) ?? 0);
    },
  },
});

const tiny = restate.workflow({
  name: 'tiny',
  handlers: {
    run: async (ctx, { a, b }) => {
      const x = await ctx.objectClient(counter, a).get();
      const y = await ctx.objectClient(counter, b).add(1);
      return x + y;
    },
  },
});
const tinySignal = restate.workflow({
  name: 'tinySignal',
  handlers: {
    run: async (ctx, { a, b }) => {
      const x = await ctx.objectClient(counter, a).get();
      ctx.objectSendClient(counter, b).add(1);
      return x;
    },
  },
});

const orch = restate.service({
  name: 'orch',
  handlers: {
    tiny: async (ctx, { a, b }) => {
      const x = await ctx.objectClient(counter, a).get();
      const y = await ctx.objectClient(counter, b).add(1);
      return x + y;
    },
    fanout: async (ctx, { n, prefix }) => {
      const all = await restate.RestatePromise.all(
        Array.from({ length: n }, (_, i) => ctx.objectClient(counter, `${prefix}${i}`).add(1)),
      );
      return all.reduce((s, v) => s + v, 0);
    },
    // No isolation: conditional withdraw on one object, then deposit on the other (nothing to compensate).
    transferSaga: async (ctx, { from, to, amount }) => {
      const ok = await ctx.objectClient(account, `${from}`).withdraw(amount);
      if (ok) await ctx.objectClient(account, `${to}`).deposit(amount);
      return ok;
    },
    // Isolated: take both locks in key order, check and move, release both.
    transferLocked: async (ctx, { from, to, amount }) => {
      const bal = {};
      for (const k of [from, to].map(String).sort()) {
        const { id, promise } = ctx.awakeable();
        ctx.objectSendClient(account, k).acquire(id);
        bal[k] = await promise;
      }
      const ok = bal[from] >= amount;
      ctx.objectSendClient(account, `${from}`).release(ok ? bal[from] - amount : null);
      ctx.objectSendClient(account, `${to}`).release(ok ? bal[to] + amount : null);
      return ok;
    },
    badResult: async () => 10n,
    badInput: async (ctx, x) => x,
  },
});

void restate
  .serve({ services: [counter, account, tiny, tinySignal, orch], port: Number(process.env.PORT ?? 9080) })
  .then((p) => console.log(`listening ${p}`));
