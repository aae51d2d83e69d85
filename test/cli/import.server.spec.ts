import { bigExport, goesOn } from './big-export.js';
import { Folder } from './command-line.js';
import { onServers } from '../servers/on-servers.js';

describe('an import into a server that is interrupted', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  onServers(
    (server) => `goes on after several interruptions on ${server}`,
    async (storage) => goesOn(await bigExport(folder), storage),
  );
});
