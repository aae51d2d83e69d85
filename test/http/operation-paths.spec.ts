import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import * as z from 'zod';
import { NotSupportedError } from '../../src/errors/index.js';
import type { Described } from '../../src/http/api/operation-paths.js';
import type { EntityType, HubTypes, Inspector } from '../../src/hub/inspector.js';
import { Entity, Operation } from '../../src/index.js';
import { everything } from './counter.js';
import { httpSuite, send, writing } from './harness.js';

/** A tree: its schema refers to itself. */
const Tree = z.object({
  name: z.string().min(1),
  get branches(): z.ZodArray<typeof Tree> {
    return z.array(Tree).max(3);
  },
});

@Entity({ effects: 'none' })
class Garden {
  planted = 0;

  @Operation({ input: Tree })
  async plant(tree: z.infer<typeof Tree>): Promise<number> {
    this.planted += 1 + tree.branches.length;
    return this.planted;
  }

  @Operation({ input: z.object({ litres: z.int().min(1) }) })
  async water(_given: { litres: number }): Promise<void> {}

  @Operation() async count(): Promise<number> {
    return this.planted;
  }
}

@Entity({ effects: 'none' })
class Plain {
  @Operation() async look(): Promise<void> {}
}

const path = '/api/v1/entities/garden/{key}/call';

httpSuite('the description of operations', (world) => {
  beforeEach(() => world().start([...everything, Garden, Plain]));

  async function described(inspector?: Inspector): Promise<Described> {
    const port = await world().serveHandler({ writes: true, ...(inspector && { inspector }) });
    return (await send(port, '/api/v1/openapi.json')).json as Described;
  }

  /** Returns a function that tells whether the schema of the path accepts a body. */
  function judge(document: Described): (body: unknown) => boolean {
    const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'api');
    const pointer = ['paths', path, 'post', 'requestBody', 'content', 'application/json', 'schema'];
    const place = pointer.map((part) => encodeURIComponent(part.replaceAll('/', '~1'))).join('/');
    return ajv.compile({ $ref: `api#/${place}` }) as (body: unknown) => boolean;
  }

  it('an entity with schemas has a path, which names its operations and their inputs', async () => {
    const fits = judge(await described());
    const tree = { name: 'oak', branches: [{ name: 'left', branches: [] }] };
    expect(fits({ operation: 'plant', input: tree })).to.equal(true);
    expect(fits({ operation: 'plant', input: tree, requestId: 'r1', timeout: 100 })).to.equal(true);
    expect(fits({ operation: 'water', input: { litres: 2 } })).to.equal(true);
    expect(fits({ operation: 'count' })).to.equal(true);
    expect(fits({ operation: 'plant', input: { name: 'oak', branches: [{ name: '', branches: [] }] } })).to.equal(
      false,
    );
    expect(fits({ operation: 'plant' })).to.equal(false);
    expect(fits({ operation: 'water', input: tree })).to.equal(false);
    expect(fits({ operation: 'burn' })).to.equal(false);
    expect(fits({ operation: 'count', other: 1 })).to.equal(false);
  });

  it('the server accepts and refuses what the description says', async () => {
    const port = await world().serveHandler({ writes: true });
    const fits = judge((await send(port, '/api/v1/openapi.json')).json as Described);
    for (const body of [
      { operation: 'plant', input: { name: 'oak', branches: [] } },
      { operation: 'water', input: { litres: 0 } },
      { operation: 'plant', input: { name: 'oak' } },
      { operation: 'count' },
    ]) {
      const { status } = await send(port, '/api/v1/entities/garden/a/call', { method: 'POST', headers: writing, body });
      expect([body, status]).to.deep.equal([body, fits(body) ? 200 : 422]);
    }
  });

  it('an entity without schemas has no path of its own', async () => {
    const { paths } = await described();
    const own = Object.keys(paths).filter((each) => /entities\/(?!\{name\})\w/.test(each));
    expect(own).to.deep.equal([path, path.replace('call', 'signal')]);
  });

  it('the description stays valid OpenAPI 3.1 with hostile names, and each operation has its own id', async () => {
    const inner = { $ref: '#/$defs/a', $defs: { a: { type: 'string' } } };
    const operation = (name: string, input: unknown) => ({ name, kind: 'call' as const, readOnly: false, input });
    const entities = ['{x}', 'a/b', 'A.b', 'A_b', '__proto__', 'é ü'].map((name): EntityType => {
      const operations = [operation('__proto__', inner), operation('b.c', z.toJSONSchema(Tree)), operation('b_c', {})];
      return { name, registered: true, workers: [], effects: undefined, expireAfterMs: undefined, operations };
    });
    const types = async (): Promise<HubTypes> => ({ entities, orchestrations: [], activities: [] });
    const made = await described({ types } as unknown as Inspector);
    const ids = Object.values(made.paths).flatMap((methods) =>
      Object.values(methods).map((method) => (method as { operationId: string }).operationId),
    );
    expect(ids).to.deep.equal([...new Set(ids)]);
    expect(Object.keys(made.paths))
      .to.include('/api/v1/entities/%7Bx%7D/{key}/call')
      .and.include('/api/v1/entities/a%2Fb/{key}/signal');
    const { valid, errors } = await new Validator().validate(made as never);
    expect([valid, errors ?? []]).to.deep.equal([true, []]);
  });

  it('the description of an engine without an inspector has the paths of all entities only', async () => {
    const types = async (): Promise<HubTypes> => {
      throw new NotSupportedError('inspector', 'restate');
    };
    const { paths } = await described({ types } as unknown as Inspector);
    expect(Object.keys(paths)).to.include('/api/v1/entities/{name}/{key}/call').and.not.to.include(path);
  });
});
