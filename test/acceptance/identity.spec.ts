import { expect } from 'chai';
import { defineEntity, defineOrchestration, EntityId } from '../../src/index.js';
import { InvalidArgumentError, InvalidEntityIdError, UnknownEntityError } from '../../src/errors/index.js';
import { acceptance, twoSettings } from './variants.js';
import { failure, fresh, refusal } from './world.js';

const keeper = (name: string) =>
  defineEntity(name, { effects: 'none' }, (context) => {
    if (context.operationName === 'set') context.setState(context.getInput());
    return context.getState();
  });

describe('identity: the value', () => {
  it('S1 an entity id is a pair of name and key with equals, toString, toJSON and parse', () => {
    const id = new EntityId('Counter', 'myCounter');
    expect([id.name, id.key]).to.deep.equal(['counter', 'myCounter']);
    expect(id.toString()).to.equal('@counter@myCounter');
    expect(JSON.stringify({ id })).to.equal('{"id":"@counter@myCounter"}');
    expect(EntityId.parse('@counter@myCounter').equals(id)).to.equal(true);
    expect(id.equals(new EntityId('counter', 'other'))).to.equal(false);
  });

  it('S1 an entity id cannot be changed', () => {
    const id = new EntityId('Counter', 'a');
    expect(() => Object.assign(id, { key: 'b' })).to.throw(TypeError);
    expect(id.key).to.equal('a');
  });

  it('S3 the name is not case-sensitive, whatever the locale says', () => {
    expect(new EntityId('COUNTER', 'k').equals(new EntityId('counter', 'k'))).to.equal(true);
    expect(new EntityId('TITLE', 'k').name).to.equal('title');
  });

  it('S5 the text splits at the second @, so that keys may hold one and names may not', async () => {
    expect(EntityId.parse('@Counter@a@b@').key).to.equal('a@b@');
    expect(EntityId.parse('@counter@').key).to.equal('');
    await refusal(() => new EntityId('co@unter', 'k'), InvalidEntityIdError, 'DE_INVALID_ENTITY_ID');
    for (const text of ['', 'counter', 'counter@k', '@counter', '@@k']) {
      await refusal(() => EntityId.parse(text), InvalidEntityIdError, 'DE_INVALID_ENTITY_ID');
    }
  });

  it('S6 any well-formed text up to 512 UTF-8 bytes is a key, the empty one included', async () => {
    for (const key of ['', ' ', 'é'.repeat(256), '😀'.repeat(128), 'a\nb', '../x', '%00']) {
      expect(new EntityId('c', key).key).to.equal(key);
    }
    for (const key of ['a'.repeat(513), '😀'.repeat(128) + 'a', 'nul\0', '\ud800']) {
      await refusal(() => new EntityId('c', key), InvalidEntityIdError, 'DE_INVALID_ENTITY_ID');
    }
  });

  it('S7 a missing name or key is an error at the call site', async () => {
    for (const [name, key] of [
      [undefined, 'k'],
      [null, 'k'],
      ['', 'k'],
      ['c', undefined],
      ['c', null],
      ['c', 7],
    ]) {
      await refusal(() => new EntityId(name as string, key as string), InvalidEntityIdError, 'DE_INVALID_ENTITY_ID');
    }
  });
});

acceptance('identity', twoSettings, (world) => {
  it('S2 a name that is not registered is an UnknownEntityError for signal, call and read, and nothing is created', async () => {
    const client = await world().start([keeper('Known')]);
    const stranger = new EntityId('Stranger', 'k');
    for (const attempt of [
      () => client.signalEntity(stranger, 'set', 1),
      () => client.callEntity(stranger, 'get'),
      () => client.readEntityState(stranger),
    ]) {
      const error = await refusal(attempt, UnknownEntityError, 'DE_UNKNOWN_ENTITY');
      expect(error.message).to.contain('stranger');
      expect(error.hint.toLowerCase()).to.contain('known');
    }
    expect(await client.callEntity(new EntityId('Known', 'k'), 'set', 1)).to.equal(1);
  });

  it('S2 in an orchestration an unknown name is an UnknownEntityError for call, signal and lock, each time', async () => {
    const asks = defineOrchestration('Asks', async (context) => {
      const codes: unknown[] = [];
      const stranger = new EntityId('Stranger', 'k');
      for (let again = 0; again < 2; again++) {
        codes.push(
          await context.callEntity(stranger, 'get').catch((error: unknown) => (error as UnknownEntityError).code),
        );
        try {
          context.signalEntity(stranger, 'set', 1);
        } catch (error) {
          codes.push((error as UnknownEntityError).code);
        }
        codes.push(await context.lock(stranger).catch((error: unknown) => (error as UnknownEntityError).code));
      }
      await context.callEntity(new EntityId('Known', 'k'), 'set', 'good');
      return codes;
    });
    const client = await world().start([keeper('Known'), asks]);
    const run = await client.startNew(asks);
    expect(await run.result()).to.deep.equal(Array.from({ length: 6 }, () => 'DE_UNKNOWN_ENTITY'));
    expect((await client.readEntityState(new EntityId('Known', 'k'))).entityState).to.equal('good');
  });

  it('S2 in an entity a signal to an unknown name throws, and the operation can go on', async () => {
    const sender = defineEntity('Sender', { effects: 'none' }, (context) => {
      try {
        context.signalEntity(new EntityId('Stranger', 'k'), 'x');
        return 'sent';
      } catch (error) {
        return (error as UnknownEntityError).code;
      }
    });
    const client = await world().start([sender]);
    expect(await client.callEntity(new EntityId('Sender', ''), 'go')).to.equal('DE_UNKNOWN_ENTITY');
  });

  it('S3 the spelling of the name does not matter, in registration or use', async () => {
    const client = await world().start([keeper('CamelCase')]);
    await client.callEntity(new EntityId('CAMELCASE', 'k'), 'set', 5);
    expect(await client.callEntity(new EntityId('camelcase', 'k'), 'get')).to.equal(5);
    expect((await client.readEntityState(EntityId.parse('@CamelCASE@k'))).entityState).to.equal(5);
  });

  it('S4 S6 keys are exact: case, spaces, accents and the empty key name different entities', async () => {
    const client = await world().start([keeper('Keeper')]);
    const keys = [
      '',
      'a',
      'A',
      'a ',
      ' a',
      'a@',
      '@',
      '/',
      'é',
      'e\u0301',
      '😀',
      'a\n',
      'ß',
      'ss',
      "'",
      '"; --',
      '%',
      '_',
    ];
    const long = ['x'.repeat(512), `${'x'.repeat(511)}y`, 'é'.repeat(256)];
    for (const [index, key] of [...keys, ...long].entries()) {
      await client.signalEntity(new EntityId('Keeper', key), 'set', index);
    }
    for (const [index, key] of [...keys, ...long].entries()) {
      expect(await client.callEntity(new EntityId('Keeper', key), 'get'), JSON.stringify(key)).to.equal(index);
      expect((await client.readEntityState(new EntityId('Keeper', key))).entityState).to.equal(index);
    }
  });

  it('S7 a missing target or operation name is an InvalidArgumentError, and nothing is sent', async () => {
    const client = await world().start([keeper('Keeper')]);
    const id = new EntityId('Keeper', 'k');
    for (const operation of [undefined, null, '', 7, 'x'.repeat(513), 'nul\0']) {
      await refusal(client.signalEntity(id, operation as string, 1), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
      await refusal(client.callEntity(id, operation as string, 1), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    for (const target of [undefined, null, '@keeper@k', {}, 7]) {
      await refusal(client.signalEntity(target as never, 'set', 1), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
      await refusal(client.callEntity(target as never, 'set'), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
      await refusal(client.readEntityState(target as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    expect((await client.readEntityState(id)).entityExists).to.equal(false);
  });

  it('S7 in an orchestration a missing operation name is refused where it is given', async () => {
    const asks = defineOrchestration('Asks', async (context) => {
      const id = new EntityId('Keeper', 'k');
      const called = await context.callEntity(id, '').catch((error: unknown) => (error as InvalidArgumentError).code);
      try {
        context.signalEntity(id, '');
        return [called];
      } catch (error) {
        return [called, (error as InvalidArgumentError).code];
      }
    });
    const client = await world().start([keeper('Keeper'), asks]);
    expect(await (await client.startNew(asks)).result()).to.deep.equal(['DE_INVALID_ARGUMENT', 'DE_INVALID_ARGUMENT']);
  });

  it('S8 the same key under two names is two entities', async () => {
    const client = await world().start([keeper('One'), keeper('Two')]);
    await client.callEntity(new EntityId('One', 'k'), 'set', 1);
    await client.callEntity(new EntityId('Two', 'k'), 'set', 2);
    expect(await client.callEntity(new EntityId('One', 'k'), 'get')).to.equal(1);
    expect(await client.callEntity(new EntityId('Two', 'k'), 'get')).to.equal(2);
  });

  it('S9 an orchestration id does not start with @, and is never taken for an entity', async () => {
    const echo = defineOrchestration('Echo', async (context, input: unknown) => [context.instanceId, input]);
    const client = await world().start([keeper('Keeper'), echo]);
    for (const instanceId of ['@keeper@k', '@', '', 'x'.repeat(513), 'a\0', 7 as unknown as string]) {
      await refusal(client.startNew(echo, { instanceId }), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
      await refusal(() => client.run(echo, instanceId), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    for (const instanceId of ['keeper@k', ' ', '😀', fresh('a@b')]) {
      const run = await client.startNew(echo, { instanceId, input: 1 });
      expect(await run.result()).to.deep.equal([instanceId, 1]);
    }
  });

  it('S9 two definitions under one name are refused at registration, whatever their spelling', async () => {
    const error = await failure(world().start([keeper('Twin'), keeper('TWIN')]));
    expect(error.name).to.equal('RegistrationError');
    expect(error.message.toLowerCase()).to.contain('twin');
  });
});
