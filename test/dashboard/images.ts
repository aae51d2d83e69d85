/** Program that takes the pictures of the documentation from a real run: `npm run docs:images`. */
import { join, resolve } from 'node:path';
import { buildDashboard } from '../../packaging/dashboard.js';
import { Bank } from './bank.js';
import { launch, WatchedPage } from './browser.js';

const folder = resolve(import.meta.dirname, '../../../docs/images');
/** An orchestration that waits for the lock of another one. */
const view = 'runs?status=pending,running,suspended&run=t-003';

await buildDashboard();
const [browser, bank] = await Promise.all([launch(), Bank.open({ writes: true })]);
for (const scheme of ['light', 'dark'] as const) {
  const watched = await WatchedPage.open(browser, bank.url, { width: 1280, scheme });
  await watched.show(view);
  await watched.page.locator('.drawer .chart .part').first().waitFor();
  // The role comes with the first rates.
  await watched.page.getByText('active', { exact: true }).first().waitFor();
  await watched.page.screenshot({ path: join(folder, `dashboard-${scheme}.png`) });
  await watched.close();
}
await browser.close();
await bank.close();
