import { expect } from 'chai';
import { importInto, openExport } from '../../src/host/transfer.js';
import { onServers } from '../servers/on-servers.js';
import { Folder, quietLogger } from './command-line.js';
import { fill } from './filled-hub.js';

describe('export and import on a server', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  const rows = async (given: unknown): Promise<string[]> => {
    const source = await openExport(given, quietLogger);
    try {
      const found: string[] = [];
      for await (const { table, row } of source.rows()) found.push(JSON.stringify({ [table]: row }));
      return found;
    } finally {
      await source.close();
    }
  };

  const move = async (from: unknown, to: unknown): Promise<void> => {
    const source = await openExport(from, quietLogger);
    try {
      await importInto(to, source.head, source.rows(), quietLogger);
    } finally {
      await source.close();
    }
  };

  /** Moves a task hub to a server and back. */
  async function there(storage: unknown): Promise<void> {
    await fill(folder.file('from.db'));
    await move(folder.file('from.db'), storage);
    await move(storage, folder.file('to.db'));
    const expected = await rows(folder.file('from.db'));
    expect(await rows(storage)).to.deep.equal(expected);
    expect(await rows(folder.file('to.db'))).to.deep.equal(expected);
  }

  onServers((server) => `a task hub moves from SQLite to ${server} and back, and is equal`, there);
});
