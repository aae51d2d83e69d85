import { TestHost, replay, runOperation } from 'durable-entities/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Seat, reserve, sendTicket } from './reservation.js';

let host: TestHost;

beforeEach(async () => {
  host = await TestHost.start({ register: [Seat, reserve, sendTicket] });
});
afterEach(() => host.stop());

describe('a reservation', () => {
  it('becomes a ticket when it is paid', async () => {
    const run = await host.client.startNew(reserve, { input: { seat: '4A', who: 'ann' } });
    await run.raiseEvent('paid');
    expect(await run.result()).toBe('ticket 4A');
  });

  it('is lost after a quarter of an hour', async () => {
    const run = await host.client.startNew(reserve, { input: { seat: '4A', who: 'ann' } });
    await host.advance('15 minutes');
    expect(await run.result()).toBe('too late');
    await host.idle();
    expect((await host.client.readEntityState(Seat, '4A')).entityState?.holder).toBeUndefined();
  });

  it('keeps others out, also over a crash', async () => {
    await host.client.startNew(reserve, { input: { seat: '4A', who: 'ann' } });
    await host.idle();
    host = await host.crash();
    const other = await host.client.startNew(reserve, { input: { seat: '4A', who: 'bob' } });
    expect(await other.result()).toBe('taken');
  });

  it('sends the ticket again when the line was down', async () => {
    host.faults.failActivity(sendTicket, new Error('no line'), 2);
    const run = await host.client.startNew(reserve, { input: { seat: '4A', who: 'ann' } });
    await run.raiseEvent('paid');
    expect(await host.until(run.result(), '1 hour')).toBe('ticket 4A');
  });

  it('goes on with the code of today', async () => {
    const run = await host.client.startNew(reserve, { input: { seat: '4A', who: 'ann' } });
    await host.idle();
    expect(await replay(await host.history(run), reserve, { register: [Seat] })).toEqual({ status: 'running' });
  });
});

it('a seat that is held stays with its holder', async () => {
  const { result, state } = await runOperation(Seat, 'hold', 'bob', { state: { holder: 'ann' } });
  expect(result).toBe(false);
  expect(state?.holder).toBe('ann');
});
