import { expect } from 'chai';
import { defineOrchestration, EntityId } from '../../src/index.js';
import { dashboardSuite } from './dashboard-suite.js';

const markup = '<img src=x onerror="console.log(1)"><script>alert(1)</script>';
const keys = [
  markup,
  'javascript:alert(1)',
  '\u202egnp.exe',
  'a\u200bb\u0007c',
  '"><svg onload=alert(1)>',
  '../../etc/passwd',
  '__proto__',
  '%2F%00',
  '#/runs?run=x&entity=y',
];

/** Values that other pages have died of. */
function corpus(): readonly (readonly [name: string, value: unknown])[] {
  let deep: unknown = 'bottom';
  for (let depth = 0; depth < 500; depth += 1) deep = { deep };
  return [
    ['markup', { [markup]: markup }],
    ['a line of almost 1 MiB', { line: 'x'.repeat(1_048_000) }],
    ['10,000 keys', Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, index]))],
    ['a depth of 500', deep],
    ['__proto__', JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}') as unknown],
    ['half of a pair', { half: '\ud800' }],
    ['bidi', { '\u202e': '\u2066\u0000' }],
  ];
}

const fails = defineOrchestration('Fails', async (context) => {
  context.setCustomStatus(markup);
  throw new Error(markup);
});

dashboardSuite('a hostile corpus', { isSmall: true, writes: true, register: [fails] }, (dashboard) => {
  for (const key of keys) {
    it(`the key ${JSON.stringify(key)} is shown as text, in the list and in its drawer`, async () => {
      const { client } = dashboard().bank.host;
      const id = new EntityId('account', key);
      await client.callEntity(id, 'deposit', 1);
      const watched = await dashboard().open();
      await watched.show(`entities?name=account&key=${encodeURIComponent(key)}`);
      await watched.page.locator('tbody a').first().click();
      await watched.page.locator('.drawer .leaf', { hasText: 'cents' }).waitFor();
      expect(await watched.page.locator('main img, main script, .drawer img, .drawer script').count()).to.equal(0);
      const text = await watched.page.locator('.drawer h1').textContent();
      expect(text).not.to.match(/[\u0000-\u001f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
    });
  }

  for (const [name, value] of corpus()) {
    it(`a state with ${name} is shown as text`, async () => {
      const { client } = dashboard().bank.host;
      const id = new EntityId('account', `state ${name}`);
      await client.callEntity(id, 'keep', value);
      const watched = await dashboard().open();
      await watched.show(`entities?entity=${encodeURIComponent(id.toString())}`);
      await watched.page.locator('.drawer section[aria-label=State] .value').waitFor();
      expect(await watched.page.locator('.drawer img, .drawer script').count()).to.equal(0);
      expect(await watched.page.evaluate('({}).polluted')).to.equal(undefined);
    });
  }

  it('an error and a custom status with markup are shown as text', async () => {
    const { client } = dashboard().bank.host;
    const run = await client.startNew(fails, { instanceId: markup });
    await run.result().catch(() => undefined);
    const watched = await dashboard().open();
    await watched.show(`runs?run=${encodeURIComponent(markup)}`);
    await watched.page.locator('.drawer .banner', { hasText: '<script>' }).waitFor();
    expect(await watched.page.locator('main img, .drawer img, .drawer script').count()).to.equal(0);
  });
});
