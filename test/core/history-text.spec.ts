import { assert } from 'chai';
import fc from 'fast-check';
import type { HistoryEvent } from '../../src/engines/sql/core/history.js';
import { historyText, parseHistory } from '../../src/engines/sql/core/history-text.js';
import { historyFiles } from '../histories/history-file.js';
import { anyText } from './any-text.js';

const whole = fc.maxSafeInteger();
const text = fc.oneof(anyText({ maxLength: 12 }), fc.json());
const absent = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const target = anyText({ minLength: 1, maxLength: 9 });

const sessionEvent = fc.oneof(
  fc.record({ kind: fc.constant('started'), input: absent(text), rules: absent(fc.constant(2)) }),
  fc.record({ kind: fc.constant('completed'), task: fc.nat(), value: absent(text) }),
  fc.record({ kind: fc.constant('failed'), task: fc.nat(), error: text }),
  fc.record({ kind: fc.constantFrom('fired', 'granted'), task: fc.nat() }),
  fc.record({ kind: fc.constant('event'), name: text, value: absent(text) }),
);

const action = fc.oneof(
  fc.record({ kind: fc.constant('call'), target, operation: text, input: absent(text), section: absent(fc.nat()) }),
  fc.record({
    kind: fc.constant('signal'),
    target,
    operation: text,
    input: absent(text),
    dueMs: absent(whole),
    name: absent(text),
    everyMs: absent(fc.nat()),
  }),
  fc.record({ kind: fc.constant('cancelSignal'), target, name: text }),
  fc.record({ kind: fc.constant('activity'), name: text, input: absent(text) }),
  fc.record({
    kind: fc.constant('sub'),
    name: text,
    input: absent(text),
    details: absent(fc.constant({ status: '1' })),
  }),
  fc.record({
    kind: fc.constant('start'),
    name: text,
    input: absent(text),
    instanceId: text,
    version: absent(fc.nat()),
  }),
  fc.record({ kind: fc.constant('event'), instanceId: text, name: text, value: absent(text) }),
  fc.record({ kind: fc.constant('timer'), dueMs: whole, limits: absent(fc.record({ task: fc.nat(), ms: fc.nat() })) }),
  fc.record({ kind: fc.constantFrom('cancelTimer'), timer: fc.nat() }),
  fc.record({ kind: fc.constant('cancelActivity'), activity: fc.nat() }),
  fc.record({ kind: fc.constant('lock'), targets: fc.array(target, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('release'), section: fc.nat() }),
  fc.record({ kind: fc.constant('refused'), name: text, known: absent(fc.array(text, { maxLength: 3 })) }),
  fc.record({ kind: fc.constant('patch'), id: text }),
);

/** Times that the clock of a task hub gives are whole, but a damaged or strange clock must not change a history either. */
const timeMs = fc.oneof(fc.nat({ max: 2 ** 42 }), fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }));

const event = fc.oneof(
  fc.record({ h: fc.constant('fed'), at: timeMs, event: sessionEvent, kept: absent(fc.constant(true)), started: absent(fc.nat({ max: 2 ** 42 })) }), // prettier-ignore
  fc.record({ h: fc.constant('lock'), section: fc.nat() }),
  fc
    .tuple(fc.nat(), action, absent(whole), absent(text))
    .map(([task, rest, row, child]) => ({ h: 'did', action: { ...rest, task }, row, child })),
  fc.constant({ h: 'kept', kept: { told: [], done: ['a'], children: [] } }),
) as unknown as fc.Arbitrary<HistoryEvent>;

/** An event as JSON keeps it: without members that are absent. */
const plain = (events: readonly HistoryEvent[]) => JSON.parse(JSON.stringify(events)) as unknown;

describe('the stored text of a history', () => {
  it('gives every event back as it was', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const stored = historyText(events);
        assert.deepEqual(parseHistory(stored), plain(events) as HistoryEvent[]);
        assert.isArray(JSON.parse(stored));
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the recorded histories of version 0.1 back, and reads them in their old form', () => {
    for (const { executions } of historyFiles())
      for (const { events } of executions) {
        assert.deepEqual(parseHistory(JSON.stringify(events)), [...events]);
        assert.deepEqual(parseHistory(historyText(events)), [...events]);
      }
  });

  it('stores what happens in each transfer in less than half of the objects', () => {
    const at = 1_796_030_365_979;
    const [from, to] = ['@account@k61', '@account@k73'];
    const events: HistoryEvent[] = [
      { h: 'fed', at, event: { kind: 'started', input: '{"amount":1}', rules: 2 } },
      { h: 'did', action: { task: 0, kind: 'lock', targets: [from, to] } },
      { h: 'lock', section: 0 },
      { h: 'fed', at: at + 13, event: { kind: 'granted', task: 0 } },
      { h: 'did', action: { task: 1, kind: 'call', target: from, operation: 'deposit', input: '-1', section: 0 } },
      { h: 'fed', at: at + 14, event: { kind: 'completed', task: 1, value: undefined } },
      { h: 'did', action: { task: 2, kind: 'release', section: 0 } },
    ];
    assert.equal(
      historyText(events),
      `[["s",${at},"{\\"amount\\":1}",2],["L",0,"${from}","${to}"],["l",0],["g",13,0],["C",1,"${from}","deposit","-1",0],["c",1,1],["R",2,0]]`,
    );
    assert.isBelow(historyText(events).length, JSON.stringify(events).length / 2);
  });

  for (const [title, stored] of [
    ['no JSON', '{broken'],
    ['no list', '{"h":"fed"}'],
    ['an event of an unknown kind', '[["z",1,2]]'],
    ['a member of an object as the kind', '[["constructor",1,2]]'],
    ['a list without a kind', '[[]]'],
    ['a text instead of a time', '[["c","1",2]]'],
    ['a number instead of a text', '[["e",1,2]]'],
    ['no task', '[["g",1]]'],
  ] as const)
    it(`is not read if it has ${title}`, () => {
      assert.throws(() => parseHistory(stored));
    });
});
