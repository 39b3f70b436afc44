import type { JudgeOptions, Review } from '../../lib/review';
import { judge, parsePlan } from '../../lib/review';
import type { Generation, PlanJson } from './recorded';
import { changeAt, GENERATIONS, manifestIn, recorded } from './recorded';

const BASE = 'libvirt_volume.lab__bases["debian-12/root"]';
const NEW_BASE = 'libvirt_volume.lab__bases["debian-13/root"]';
const ROOT = 'libvirt_volume.students__student-01__root__debian-12';
const HOME = 'libvirt_volume.lab__data["students/student-01/home"]';
const [ONE, TWO] = ['11'.repeat(32), '22'.repeat(32)];
const HOST = { host: 'lab', domains: [], available: Number.POSITIVE_INFINITY };

function review(
  generation: Generation,
  name: string,
  options: JudgeOptions,
  change: (plan: PlanJson) => void = () => undefined,
): Review {
  const plan = recorded(`${generation}-${name}`);
  change(plan);
  return judge(parsePlan(JSON.stringify(plan)), options);
}

/** What these facts add to a review. */
function added(
  generation: Generation,
  name: string,
  options: JudgeOptions,
  change?: (plan: PlanJson) => void,
): [string, string, string][] {
  const without = new Set(review(generation, name, {}, change).findings.map((one) => JSON.stringify(one)));
  return review(generation, name, options, change)
    .findings.filter((one) => !without.has(JSON.stringify(one)))
    .map(({ code, expected, found }) => [code, expected, found]);
}

const say = (sha256: string) => (plan: PlanJson) => {
  for (const base of Object.values<PlanJson>(manifestIn(plan, 'after').bases))
    base.volumes.root.sha256 = sha256;
};

describe.each(GENERATIONS)('images that are uploaded, provider %s', (generation) => {
  const image = { addresses: [BASE], image: 'images/a.qcow2', sha256: ONE, problems: [] };

  test('RG340: one without a SHA-256 in the code is told the line to add; with one, nothing is said', () => {
    expect(added(generation, 'create', { images: [image] })).toEqual([
      ['RG340', 'a sha256 of each image of lab/debian-12', `none of root, add  sha256: '${ONE}'`],
    ]);
    expect(added(generation, 'create', { images: [image] }, say(ONE))).toEqual([]);
  });

  test('RG342: one of another SHA-256 than the code says is refused, with both', () => {
    expect(added(generation, 'create', { images: [image] }, say(TWO))).toEqual([
      ['RG342', `SHA-256 ${TWO}`, `images/a.qcow2 has SHA-256 ${ONE}`],
    ]);
    expect(review(generation, 'create', { images: [image] }, say(TWO)).verdict).toBe('refused');
  });

  test('RG341: each problem of one is refused', () => {
    const images = [{ ...image, problems: ['it is corrupt', 'it is encrypted'] }];
    expect(added(generation, 'create', { images }).map(([code, , found]) => [code, found])).toEqual([
      ['RG341', 'it is corrupt'],
      ['RG341', 'it is encrypted'],
    ]);
    expect(review(generation, 'create', { images }).verdict).toBe('refused');
  });

  test('RG343: what was not checked is a warning', () => {
    const images = [{ addresses: [BASE], image: 'a', problems: [], unchecked: 'only its header' }];
    expect(added(generation, 'create', { images })).toEqual([
      ['RG343', 'all of a checked', 'only its header'],
    ]);
  });

  test('RG347: an overlay is not made smaller than the image that its base is made of', () => {
    const { after } = changeAt(recorded(`${generation}-create`), ROOT).change;
    const size = after.size ?? after.capacity ?? 2 ** 20;
    const small = (plan: PlanJson) => {
      const values = changeAt(plan, ROOT).change.after;
      values[generation === '0.8' ? 'size' : 'capacity'] = size;
    };
    const sized = (virtualSize: number) => ({ images: [{ ...image, virtualSize }] });
    const codes = (virtualSize: number) =>
      added(generation, 'create', sized(virtualSize), (plan) => (small(plan), say(ONE)(plan))).map(
        ([code]) => code,
      );
    expect(codes(size)).toEqual([]);
    expect(codes(size + 2 ** 20)).toContain('RG347');
  });
});

describe.each(GENERATIONS)('base volumes on the host, provider %s', (generation) => {
  const fact = { host: 'lab', base: 'debian-12', volume: 'root', file: 'debian-12.root.base.qcow2' };
  const place = 'lab/debian-12/root (debian-12.root.base.qcow2)';

  test('RG344: one that is not what was recorded is refused; what the code says outweighs the record', () => {
    const digests = [{ ...fact, found: ONE, recorded: TWO }];
    expect(added(generation, 'nothing', { digests })).toEqual([
      ['RG344', `${place} with SHA-256 ${TWO}, as recorded when it was made`, `SHA-256 ${ONE}`],
    ]);
    expect(review(generation, 'nothing', { digests }).verdict).toBe('refused');
    expect(added(generation, 'nothing', { digests }, say(ONE))).toEqual([]);
    expect(added(generation, 'nothing', { digests: [{ ...fact, found: ONE, recorded: ONE }] })).toEqual([]);
    const other = [{ ...fact, found: ONE, recorded: ONE }];
    expect(added(generation, 'nothing', { digests: other }, say(TWO)).map(([code]) => code)).toEqual([
      'RG344',
    ]);
  });

  test('RG345: one that cannot be read, or that nothing is known of, is a warning', () => {
    expect(added(generation, 'nothing', { digests: [{ ...fact, obstacle: 'it is off' }] })).toEqual([
      ['RG345', `${place} to be read`, 'it is off'],
    ]);
    expect(added(generation, 'nothing', { digests: [{ ...fact, found: ONE }] })).toEqual([
      ['RG345', `a SHA-256 of ${place} in the code or on record`, `none; it is ${ONE} now`],
    ]);
  });

  test('RG347: an overlay is not made smaller than the real volume below it', () => {
    const capacity = 2 ** 40;
    const base = changeAt(recorded(`${generation}-canary`), NEW_BASE).change.before;
    const volumes = [{ name: base.name, path: base.id, allocation: 0, capacity, format: 'qcow2' }];
    const sized = (plan: PlanJson) => {
      const values = changeAt(plan, 'libvirt_volume.students__student-01__root__debian-13').change.after;
      values[generation === '0.8' ? 'size' : 'capacity'] = 4 * 2 ** 20;
    };
    expect(added(generation, 'canary', { facts: [{ ...HOST, volumes }] }, sized)).toContainEqual([
      'RG347',
      'at least 1TiB, the size of lab/debian-13/root',
      '4MiB',
    ]);
  });

  test('RG346: machines whose firmware cannot boot the new base are told, once a pool; who can be booted is not', () => {
    const boots = (...by: ('bios' | 'uefi')[]) => ({
      boots: [{ host: 'lab', base: 'debian-13', volume: 'root', boots: by }],
    });
    expect(added(generation, 'all', boots('uefi'))).toEqual([
      [
        'RG346',
        'root of base debian-13 to boot by BIOS, which student-01 has',
        'only UEFI by its partition table',
      ],
    ]);
    expect(added(generation, 'all', boots('bios'))).toEqual([]);
    expect(added(generation, 'all', boots('bios', 'uefi'))).toEqual([]);
    expect(added(generation, 'nothing', boots('uefi'))).toEqual([]);
  });
});

describe.each(GENERATIONS)('the format of backing files on the host, provider %s', (generation) => {
  /** What is found when an overlay fixes this format. */
  const withFormat = (backingFormat: string | null, name = 'nothing') => {
    const plan = recorded(`${generation}-${name}`);
    const { before } = changeAt(plan, ROOT).change;
    const backing = before.base_volume_id ?? before.backing_store.path;
    const volume = { name: before.name, path: before.id, allocation: 0, capacity: 1, backing, backingFormat };
    return added(generation, name, { facts: [{ ...HOST, volumes: [volume] }] }).map(([code]) => code);
  };

  test('RG440: one that is not fixed, or is not the declared one, is refused', () => {
    expect(withFormat('qcow2')).toEqual([]);
    expect(withFormat(null)).toEqual(['RG440']);
    expect(withFormat('raw')).toEqual(['RG440']);
  });

  test('of an overlay that goes nothing is said', () => {
    expect(withFormat(null, 'promote')).toEqual([]);
  });

  test('of a base of its own backing file it must be fixed as well', () => {
    const base = changeAt(recorded(`${generation}-nothing`), BASE).change.before;
    const volume = { name: base.name, path: base.id, allocation: 0, capacity: 1, backing: '/x' };
    const codes = (backingFormat: string | null) =>
      added(generation, 'nothing', { facts: [{ ...HOST, volumes: [{ ...volume, backingFormat }] }] }).map(
        ([code]) => code,
      );
    expect(codes('raw')).toEqual([]);
    expect(codes(null)).toEqual(['RG440']);
  });

  test('RG241: a raw data volume that libvirt takes for another format is a warning, as the machine does not', () => {
    const raw = (plan: PlanJson) => {
      for (const when of ['before', 'after'] as const) manifestIn(plan, when).addresses[HOME].format = 'raw';
    };
    const { verdict, findings } = review(generation, 'canary', {}, raw);
    expect(verdict).toBe('safe');
    expect(findings.filter(({ code }) => code === 'RG241')).toMatchObject([
      { address: HOME, expected: 'raw', found: 'qcow2', severity: 'warning' },
    ]);
  });
});
