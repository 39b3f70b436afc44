import { existsSync } from 'node:fs';
import { checkFleets, stackOf } from '../support/check-fleets';
import { GENERATIONS } from '../support/declarations';
import { everything } from '../support/everything';
import { ProviderSchema, SCHEMA_FOLDER } from '../support/provider-schema';
import { synthesize, type Synthesized } from '../support/synthesis';

const VERSIONS = { '0.8': '0.8.3', '0.9': '0.9.7' } as const;

const found = existsSync(SCHEMA_FOLDER);
if (!found) console.log(`skipped: the schemas of the providers are not in ${SCHEMA_FOLDER}`);

function misfits(schema: ProviderSchema, { json }: Synthesized): string[] {
  return Object.entries(json.resource)
    .filter(([type]) => type.startsWith('libvirt_'))
    .flatMap(([type, blocks]) =>
      Object.entries(blocks).flatMap(([name, block]) =>
        schema.misfits(type, block).map((line) => `${name}: ${line}`),
      ),
    );
}

describe.each(GENERATIONS)(
  'every attribute exists in the provider’s schema with its type, provider %s',
  (generation) => {
    const schemaTest = found ? it : it.skip;

    schemaTest('of a pool with all that a machine can have', () => {
      const stack = synthesize((scope) => everything(scope, generation));
      expect(misfits(new ProviderSchema(VERSIONS[generation]), stack)).toEqual([]);
    });

    schemaTest('of any fleet', () => {
      const schema = new ProviderSchema(VERSIONS[generation]);
      checkFleets(generation, (fleet) => expect(misfits(schema, stackOf(fleet))).toEqual([]));
    });

    schemaTest('and one that does not, is of another type, computed or missing, is found', () => {
      const schema = new ProviderSchema(VERSIONS[generation]);
      expect(
        schema.misfits('libvirt_domain', {
          name: 1,
          type: 'kvm',
          colour: 'red',
          id: 'x',
          memory: 1,
          vcpu: 1,
        }),
      ).toEqual(
        expect.arrayContaining([
          'libvirt_domain.name: expected string, found 1',
          'libvirt_domain.colour: no such attribute',
        ]),
      );
      expect(schema.misfits('libvirt_pool', { type: 'dir' })).toContain(
        'libvirt_pool.name: required, and not set',
      );
      expect(schema.misfits('libvirt_cloud', {})).toEqual(['libvirt_cloud: no such resource']);
      if (generation === '0.9')
        expect(schema.misfits('libvirt_volume', { name: 'a', pool: 'p', path: '/a' })).toEqual([
          'libvirt_volume.path: computed only',
        ]);
    });
  },
);
