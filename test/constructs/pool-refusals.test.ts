import { TerraformStack, Testing } from 'cdktf';
import { Base, ClonePool, type ClonePoolProps, Network, Volume } from 'regraft';
import { MACHINE, baseIn, hostIn, type PlainOutline } from '../support/declarations';
import { refusals } from '../support/synthesis';
import { NAME } from './messages';

/** What is said of a pool that differs from a right one. */
function ofPool(change: Partial<ClonePoolProps<PlainOutline>>): string[] {
  return refusals((stack) => {
    const base = baseIn(stack, hostIn(stack), 'v1');
    new ClonePool(stack, 'students', {
      base,
      clones: ['student-01', 'student-02'],
      machine: MACHINE,
      ...change,
    });
  });
}

describe('a pool is refused', () => {
  it('for a volume on bus ide where the machine type has none, which libvirt says only when it defines the machine', () => {
    const found = refusals((stack) => {
      const host = hostIn(stack);
      const base = new Base(stack, 'old', {
        host,
        volumes: { root: Volume.system({ existing: true, size: '1GiB', bus: 'ide' }) },
      });
      new ClonePool(stack, 'modern', { base, clones: ['m-01'], machine: MACHINE });
      new ClonePool(stack, 'vintage', { base, clones: ['v-01'], machine: { ...MACHINE, machineType: 'pc' } });
    });
    expect(found).toEqual([
      "clone m-01: volume root is on bus ide, which machine type q35 lacks: use bus sata, or machineType 'pc'",
    ]);
  });

  const thesis = (spec: { size: 0 | '1GiB' }) => ({
    'student-01': { volumes: { thesis: Volume.data(spec) } },
  });

  it.each<[string, Partial<ClonePoolProps<PlainOutline>>, string]>([
    [
      'for a clone named twice',
      { clones: ['a', 'b', 'a'] },
      'pool students names clone "a" twice: name it once',
    ],
    ['for an empty clone name', { clones: [''] }, `clone "" ${NAME}`],
    ['for a clone name with a space', { clones: ['a b'] }, `clone "a b" ${NAME}`],
    ['for a clone name with a slash', { clones: ['a/b'] }, `clone "a/b" ${NAME}`],
    ['for a retired name', { retired: ['-'] }, `retired clone "-" ${NAME}`],
    [
      'for half a virtual CPU',
      { machine: { ...MACHINE, vcpus: 0.5 } },
      'pool students: vcpus is 0.5, expected a whole number of at least 1',
    ],
    [
      'for memory of nothing',
      { machine: { ...MACHINE, memory: 0 } },
      "pool students: memory is 0, expected a whole number of MiB such as '2GiB'",
    ],
    [
      'for overrides of an unknown clone',
      { overrides: { 'studnet-01': {} } },
      'overrides of pool students name "studnet-01", which is not in it: did you mean "student-01"?',
    ],
    [
      'for the memory of one clone',
      { overrides: { 'student-01': { memory: '1KiB' } } },
      `clone student-01: memory is "1KiB", expected a whole number of MiB such as '2GiB'`,
    ],
    [
      'for an extra volume without size',
      { overrides: thesis({ size: 0 }) },
      "clone student-01, volume thesis: size 0 is not a positive, whole number of bytes: write it as '20GiB' or in bytes",
    ],
    [
      'for a multicast MAC address',
      {
        machine: { ...MACHINE, networks: [Network.named('default')] },
        overrides: { 'student-01': { mac: '53:54:00:00:00:01' } },
      },
      'clone student-01: mac is "53:54:00:00:00:01", expected a unicast address such as 52:54:00:12:34:56',
    ],
    [
      'for a MAC address without a network',
      { overrides: { 'student-01': { mac: '52:54:00:00:00:01' } } },
      "clone student-01 has a mac, but the pool's machines have no network: add one, or drop mac",
    ],
    [
      'for an extra volume that the base has',
      { overrides: { 'student-01': { volumes: { home: Volume.data({ size: 1 }) } } } },
      'clone student-01: volume home is in the outline of base v1 already: give it another name',
    ],
    [
      'for an extra volume that is no data volume, from JavaScript',
      {
        overrides: {
          'student-01': { volumes: { x: Volume.temporary({ size: 1 }) as unknown as Volume<'data'> } },
        },
      },
      "clone student-01: volume x is temporary, but a clone's own volumes are data volumes: put it into the base",
    ],
    [
      'for more disks than there are letters',
      {
        overrides: {
          'student-01': {
            volumes: Object.fromEntries(
              Array.from({ length: 24 }, (_, n) => [`v${n}`, Volume.data({ size: 1 })]),
            ),
          },
        },
      },
      'clone student-01 has more than 26 disks on one bus: use fewer volumes or several buses',
    ],
  ])('%s', (_what, change, problem) => {
    expect(ofPool(change)).toEqual([problem]);
  });

  it('for a MAC address that another clone has', () => {
    const mac = '52:54:00:00:00:01';
    const found = ofPool({
      machine: { ...MACHINE, networks: [Network.named('n')] },
      overrides: { 'student-01': { mac }, 'student-02': { mac: mac.toUpperCase() } },
    });
    expect(found).toEqual([
      `host lab: clones student-01 and student-02 have the same MAC address ${mac}: set mac in the overrides of one`,
    ]);
  });

  it('when its clones are, with those of other pools, more than 100, and the message names the way out', () => {
    const pools = (sizes: number[]) =>
      refusals((stack) => {
        const base = baseIn(stack, hostIn(stack), 'v1');
        sizes.forEach(
          (size, index) =>
            new ClonePool(stack, `pool${index}`, {
              base,
              clones: ClonePool.numbered(`c${index}`, size),
              machine: MACHINE,
            }),
        );
      });
    expect(pools([60, 40])).toEqual([]);
    expect(pools([60, 41])).toEqual([
      'stack lab has 101 clones, more than 100: put some pools into another stack, which refers to the same host with storage.existing and to its bases with Base.existing',
    ]);
  });

  it('for a name of a retired clone that another pool uses', () => {
    const found = refusals((stack) => {
      const base = baseIn(stack, hostIn(stack), 'v1');
      new ClonePool(stack, 'one', { base, clones: ['a', 'b'], retired: ['a'], machine: MACHINE });
      new ClonePool(stack, 'two', { base, clones: ['a'], machine: MACHINE });
    });
    expect(found).toEqual([
      'host lab has two clones a, in pools one and two: machines of a host have different names',
    ]);
  });

  it('in another stack than its base', () => {
    const app = Testing.app();
    const [one, two] = [new TerraformStack(app, 'one'), new TerraformStack(app, 'two')];
    const base = baseIn(one, hostIn(one), 'v1');
    new ClonePool(two, 'students', { base, clones: ['a'], machine: MACHINE });
    expect(() => app.synth()).toThrow(
      "pool students and its base v1 are in different stacks: refer to the base in the pool's stack with Base.existing",
    );
  });
});
