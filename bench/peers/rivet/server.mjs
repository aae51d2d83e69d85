// Rivet actors. `add` is the default write-behind state; `addNow` waits for the state to be saved; `q` is the durable queue.
import { actor, setup } from 'rivetkit';

const counter = actor({
  state: { v: 0 },
  actions: {
    add: (c, n) => (c.state.v += n),
    addNow: async (c, n) => {
      c.state.v += n;
      const v = c.state.v;
      await c.saveState({ immediate: true });
      return v;
    },
    get: (c) => c.state.v,
    fail: () => {
      throw new Error('boom');
    },
  },
});
const counterQ = actor({
  state: { v: 0 },
  queues: { add: {} },
  run: async (c) => {
    for await (const m of c.queue.iter()) c.state.v += m.body;
  },
  actions: { get: (c) => c.state.v },
});
const account = actor({
  state: { b: 0 },
  actions: {
    open: async (c, n) => {
      c.state.b = n;
      await c.saveState({ immediate: true });
    },
    balance: (c) => c.state.b,
    withdraw: async (c, n) => {
      if (c.state.b < n) return false;
      c.state.b -= n;
      await c.saveState({ immediate: true });
      return true;
    },
    deposit: async (c, n) => {
      c.state.b += n;
      await c.saveState({ immediate: true });
    },
  },
});
const orch = actor({
  state: {},
  actions: {
    tiny: async (c, { a, b }) => {
      const cl = c.client();
      const x = await cl.counter.getOrCreate([a]).get();
      return x + (await cl.counter.getOrCreate([b]).addNow(1));
    },
    saga: async (c, { from, to, amount }) => {
      const cl = c.client();
      const ok = await cl.account.getOrCreate([`${from}`]).withdraw(amount);
      if (ok) await cl.account.getOrCreate([`${to}`]).deposit(amount);
      return ok;
    },
    fanout: async (c, n) => {
      const cl = c.client();
      const all = await Promise.all(Array.from({ length: n }, (_, i) => cl.counter.getOrCreate([`f${i}`]).addNow(1)));
      return all.reduce((s, v) => s + v, 0);
    },
  },
});
export const registry = setup({
  use: { counter, counterQ, account, orch },
  noWelcome: true,
  startEngine: true,
  enginePort: Number(process.env.ENGINE_PORT ?? 16420),
  httpPort: 16421,
  startServices: false,
  logging: { level: process.env.LOG ?? 'warn' },
});
registry.start();
