import type { Construct } from 'constructs';
import type { AdoptedClone, ClonePoolProps } from 'regraft';
import { ClonePool, Network, Rebase } from 'regraft';
import type { PlainOutline } from '../support/declarations';
import { baseIn, GENERATIONS, hostIn, MACHINE } from '../support/declarations';
import { refusals, synthesize } from '../support/synthesis';

const UUID = '5a1e0000-0000-4000-8000-000000000000';
const adopted: AdoptedClone = {
  uuid: UUID.toUpperCase(),
  macs: ['52:54:00:AA:00:01'],
  data: { home: { file: 'ana-vdc.DATA.img', format: 'raw', size: '3GiB' } },
};

function pool(
  stack: Construct,
  change: Partial<ClonePoolProps<PlainOutline>> = {},
  provider: '0.8' | '0.9' = '0.8',
) {
  const host = hostIn(stack, 'lab', { provider });
  const [base, next] = [baseIn(stack, host, 'v1'), baseIn(stack, host, 'v2')];
  const clones = new ClonePool(stack, 'students', {
    ...{ base, clones: ['ana', 'ben'], adopted: { ana: adopted } },
    machine: { ...MACHINE, networks: [Network.named('default')] },
    ...change,
  });
  return { clones, next };
}

describe.each(GENERATIONS)('with provider %s', (provider) => {
  test('an adopted clone keeps its UUID, its MAC addresses and the file, format and size of its data, on whatever base', () => {
    for (const moves of [false, true]) {
      const { json } = synthesize((stack) => {
        const { clones, next } = pool(stack, {}, provider);
        if (moves) new Rebase(stack, 'to-v2', { pool: clones, to: next });
      });
      expect(json.resource['libvirt_volume']!['lab__data']!.for_each).toMatchObject({
        'students/ana/home': { file: 'ana-vdc.DATA.img', format: 'raw', size: 3 * 2 ** 30 },
        'students/ben/home': { file: 'ben.home.data.qcow2', format: 'qcow2', size: 2 ** 31 },
      });
      const { pools, addresses } = json.output.regraft.value;
      expect(pools['students']!.clones['ana']).toMatchObject({
        uuid: UUID,
        macs: ['52:54:00:aa:00:01'],
        adopted: true,
      });
      expect(pools['students']!.clones['ben']).not.toHaveProperty('adopted');
      expect(addresses['libvirt_volume.lab__data["students/ana/home"]']).toMatchObject({
        file: 'ana-vdc.DATA.img',
      });
    }
  });

  test('the machine has a raw volume as raw, whatever its guest writes into it', () => {
    const { json } = synthesize((stack) => void pool(stack, {}, provider));
    const machine = JSON.stringify(json.resource['libvirt_domain']!['students__ana']);
    if (provider === '0.9') expect(machine).toContain('"driver":{"name":"qemu","type":"raw"}');
    else {
      expect(machine).toContain(
        '/domain/devices/disk[3]/driver/@type\\"><xsl:attribute name=\\"type\\">raw</xsl:attribute>',
      );
    }
    expect(JSON.stringify(json.resource['libvirt_domain']!['students__ben'])).not.toContain('raw');
  });
});

test('a retired clone keeps its own file in the archive', () => {
  const { json } = synthesize((stack) => void pool(stack, { clones: ['ben'], retired: ['ana'] }));
  expect(json.resource['libvirt_volume']!['lab__archived']!.for_each).toMatchObject({
    'students/ana/home': { file: 'ana-vdc.DATA.img' },
  });
});

test.each<[string, Record<string, Partial<AdoptedClone>>, string]>([
  ['an unknown clone', { anna: {} }, 'names "anna", which is not in it: did you mean "ana"?'],
  ['no UUID', { ana: { uuid: 'x' } }, 'uuid is "x", expected the one that "virsh domuuid ana" prints'],
  ['too few addresses', { ana: { macs: [] } }, "has 0 macs, and the pool's machines have 1 networks"],
  ['no address', { ana: { macs: ['x'] } }, 'a mac is "x"'],
  [
    'a volume that is no data',
    { ana: { data: { root: { file: 'a' } } } },
    '"root" is none of its data volumes',
  ],
  ['a file in another folder', { ana: { data: { home: { file: '../a' } } } }, 'file is "../a"'],
  [
    'a format that is none',
    { ana: { data: { home: { file: 'a', format: 'vmdk' as 'raw' } } } },
    'format is "vmdk"',
  ],
  [
    'one file of two',
    { ana: {}, ben: { uuid: UUID.replace('0', '1'), macs: ['52:54:00:aa:00:02'] } },
    'ana-vdc.DATA.img is the file of two data volumes',
  ],
  [
    'one UUID of two',
    { ana: {}, ben: { macs: ['52:54:00:aa:00:02'], data: {} } },
    `two clones have the UUID ${UUID}`,
  ],
])('%s is refused', (_, changes, message) => {
  const all = Object.fromEntries(
    Object.entries(changes).map(([name, change]) => [name, { ...adopted, ...change }]),
  );
  expect(refusals((stack) => void pool(stack, { adopted: all })).join('\n')).toContain(message);
});
