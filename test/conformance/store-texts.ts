import { assert } from 'chai';
import { TestWorker, instance, message, put, receipt } from './harness.js';
import type { Scene } from './store.js';

/** Well-formed texts that some layer between here and the disk may take for something else. */
const texts: Record<string, string> = {
  nothing: '',
  'a blank': ' ',
  'quotes of all kinds': `'"\`´''""`,
  SQL: `'; DROP TABLE de_inbox; --`,
  'parameter marks': '$1 ?1 :a @b #c %s {0} $$',
  backslashes: String.raw`\ \\ \n \u0000 \"`,
  'every control character but NUL': String.fromCharCode(...Array.from({ length: 31 }, (_, i) => i + 1), 0x7f, 0x85),
  'line ends': 'a\nb\r\nc\u2028d\u2029e',
  emoji: '😀👩‍👩‍👧‍👦🏳️‍🌈',
  'text from right to left': 'שלום עולם \u202e مرحبا',
  'characters next to the surrogates': '\ud7ff\ue000\uffff\ufffe\ufeff',
  'a byte order mark first': '\ufeffx',
  'combining and composed letters': 'é e\u0301',
  wildcards: '%_*?[]^',
  'a JSON object': '{"a":[1,null,"x"]}',
  'a JSON array': '[["@a@b",1]]',
  'a number': '0012.50',
  'a large number': '9007199254740993',
  'a word that means something': 'null true NaN undefined',
  hexadecimal: "x'00'",
};

export function textConformance(scene: Scene): void {
  describe('a text', () => {
    for (const [what, text] of Object.entries(texts))
      it(`of ${what} comes back as it was, wherever a text can stand`, async () => {
        const { store } = scene;
        const worker = await TestWorker.start(store);
        const row = instance(`@${text}`, { name: text, key: text, state: text, meta: text, status: text });
        const chunk = { instance: text, execution: text, chunk: 0, events: text };
        const remembered = receipt(text, { target: text, hash: text, outcome: text });
        const sent = message(1, { target: text, body: text });
        await worker.commit({
          instances: [{ op: 'put', ...row }],
          history: [chunk],
          receipts: [remembered],
          inbox: [sent],
        });
        assert.deepEqual(await store.loadInstances([row.id]), [row]);
        assert.deepEqual(await store.loadHistory(text, text), [chunk]);
        assert.deepEqual(await store.loadFirstChunks([{ instance: text, execution: text }]), [chunk]);
        assert.deepEqual(await store.loadReceipts([remembered]), [remembered]);
        assert.deepEqual((await worker.poll()).rows, [{ ...sent, seq: 1, attempts: 0 }]);
        const changed = { ...row, version: 2, state: null };
        await worker.commit({ instances: [{ op: 'put', ...changed }], historyDeleted: [text] });
        assert.deepEqual(await store.loadInstances([row.id]), [changed]);
        assert.isEmpty(await store.loadHistory(text, text));
        await worker.commit({ instances: [{ op: 'delete', id: row.id, version: 2 }] });
        assert.isEmpty(await store.loadInstances([row.id]));
      });

    it('that is a name can be any of these', async () => {
      const names = Object.values(texts);
      await TestWorker.join(scene.store, names);
      await scene.store.close();
      const next = scene.database.store();
      assert.sameMembers([...(await next.open()).names], names);
      await next.close();
    });

    it('may be long', async () => {
      const { store } = scene;
      const worker = await TestWorker.start(store);
      const body = JSON.stringify('"ä😀\n'.repeat(200_000));
      const row = instance('@a@long', { state: body });
      await worker.commit({ inbox: [message(1, { body })], instances: [{ op: 'put', ...row }] });
      assert.isTrue((await worker.poll()).rows[0]?.body === body);
      assert.isTrue((await store.loadInstances(['@a@long']))[0]?.state === body);
    });

    const alike = ['key', 'Key', 'KEY', 'key ', ' key', 'kéy', 'ke\u0301y', 'ke\u200dy', 'ķey', 'ｋｅｙ'];

    it('that is an id differs from every other in any character: case, blanks, accents', async () => {
      const { store } = scene;
      const worker = await TestWorker.start(store);
      const sorted = alike.map((key) => `@a@${key}`).toSorted();
      await worker.commit({
        instances: sorted.map((id) => put(id, { state: JSON.stringify(id) })),
        receipts: alike.map((requestId) => receipt(requestId, { hash: requestId })),
        history: alike.map((key) => ({ instance: key, execution: key, chunk: 0, events: JSON.stringify(key) })),
      });
      for (const key of alike) {
        assert.deepEqual(
          (await store.loadInstances([`@a@${key}`])).map((row) => row.state),
          [JSON.stringify(`@a@${key}`)],
        );
        assert.deepEqual(
          (await store.loadReceipts([receipt(key)])).map((row) => row.hash),
          [key],
        );
        assert.deepEqual(
          (await store.loadHistory(key, key)).map((row) => row.events),
          [JSON.stringify(key)],
        );
      }
    });
  });
}
