import { expect } from 'chai';
import { DurableHost, EntityId } from '../../src/index.js';
import { examineStorage } from '../../src/host/examine.js';
import { onServers } from '../servers/on-servers.js';
import { register } from './code.js';
import { quietLogger } from './command-line.js';

describe('doctor and migrate on a server', () => {
  onServers(
    (server) => `a task hub on ${server} is examined too, before and while a host runs`,
    async (storage) => {
      expect(await examineStorage(storage, () => {})).to.include({ tables: 'none' });
      const host = await DurableHost.start({ storage, register, logger: quietLogger });
      await host.client.callEntity(new EntityId('counter', 'a'), 'add', 1);
      const facts = await examineStorage(storage, () => {});
      await host.stop();
      expect(facts).to.include({ tables: 'current', deadLetters: 0 });
      expect(facts.unreadable).to.deep.equal([]);
      expect(facts.looked).to.be.at.least(1);
      expect(facts.workers.map(({ name }) => name.split('/')[1])).to.include(String(process.pid));
      expect(facts.workers.every(({ leaseLeftMs }) => leaseLeftMs > 0)).to.equal(true);
      expect(facts.sizes.find(({ name }) => name === 'de_instance')?.bytes).to.be.above(0);
    },
  );
});
