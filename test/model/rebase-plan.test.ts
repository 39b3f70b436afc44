import type { RebaseRequest } from 'regraft';
import { planRebase } from 'regraft';
import { rebaseProblems } from '../../lib/model/rebase-plan';
import { base, PLAIN, volume } from './bases';

const pool = {
  name: 'students',
  clones: [
    { name: 'student-01', extraData: [] },
    { name: 'student-02', extraData: ['thesis'] },
  ],
};
const request: RebaseRequest = { pool, from: base('v1'), to: base('v2') };

describe('a rebase plan', () => {
  it('lists every clone and every volume with what becomes of it', () => {
    const fates = planRebase(request).clones.map(({ clone, rebased, volumes }) => [
      clone,
      rebased,
      volumes.map((one) => `${one.volume} ${one.type} ${one.fate}`),
    ]);
    const moved = ['root system replaced', 'scratch temporary reset', 'home data kept'];
    expect(fates).toEqual([
      ['student-01', true, moved],
      ['student-02', true, [...moved, 'thesis data kept']],
    ]);
  });

  it('says why, with the names of both bases', () => {
    const [first] = planRebase(request).clones;
    expect(first!.volumes.map(({ why }) => why)).toEqual([
      'a new overlay on v2; the overlay on v1 stays as the way back',
      'temporary volumes are made anew by every rebase',
      'data volumes are kept byte for byte',
    ]);
    const [freed] = planRebase({ ...request, retain: false }).clones;
    expect(freed!.volumes[0]!.why).toBe('a new overlay on v2; the overlay on v1 is deleted');
  });

  it('of some clones lists the others too, with all volumes kept', () => {
    const [first, second] = planRebase({ ...request, clones: ['student-02'] }).clones;
    expect(second!.rebased).toBe(true);
    expect(first!.rebased).toBe(false);
    expect(new Set(first!.volumes.map(({ fate, why }) => `${fate}: ${why}`))).toEqual(
      new Set(['kept: the clone is no part of this rebase']),
    );
  });

  it('is plain, versioned data: it survives JSON', () => {
    const plan = planRebase(request);
    expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
    expect(plan).toMatchObject({ version: 1, pool: 'students', from: 'v1', to: 'v2', retain: true });
  });

  it('says its waves, and nothing of them when all move at once', () => {
    expect(planRebase({ ...request, waves: [1, '100%'] }).waves).toEqual([1, '100%']);
    expect(planRebase({ ...request, waves: [] })).toEqual(planRebase(request));
    expect(planRebase(request)).not.toHaveProperty('waves');
  });

  it('does not change what it is given', () => {
    const copy = structuredClone(request);
    planRebase(request);
    expect(request).toEqual(copy);
  });
});

describe('a rebase is refused', () => {
  const retired = base('v2', PLAIN, { retired: true });
  const twoSystems = { ...PLAIN, boot: volume('system', '1GiB') };
  const raw = { kind: 'image', location: 'seed.raw', format: 'raw' } as const;

  it.each<[string, Partial<RebaseRequest>, string]>([
    [
      'for an unknown clone',
      { clones: ['studnet-01'] },
      'clone "studnet-01" is not in pool students: did you mean "student-01"?',
    ],
    [
      'for a clone named twice',
      { clones: ['student-01', 'student-01'] },
      'clone "student-01" is named twice: name it once',
    ],
    [
      'for no clone at all',
      { clones: [] },
      'clones is empty: name at least one clone of pool students, or leave clones out to rebase all',
    ],
    [
      'onto the base that the pool is on',
      { to: base('v1') },
      'pool students is on base v1 already: rebase it onto another base',
    ],
    [
      'onto a retired base',
      { to: retired },
      'base v2 is retired: drop retired from it, or rebase onto another base',
    ],
    [
      'onto a base that boots from another volume',
      { from: base('v1', twoSystems, { boot: 'root' }), to: base('v2', twoSystems, { boot: 'boot' }) },
      'base v2 boots from volume boot, base v1 from root: set boot on the same volume of both',
    ],
    [
      'onto a base whose seed has another format than the data volumes that exist',
      { from: base('v1', PLAIN, { seeds: { home: raw } }) },
      'volume home is qcow2 on base v2 and raw on v1: a data volume keeps its format, say the same seedFormat',
    ],
  ])('%s', (_what, change, problem) => {
    expect(rebaseProblems({ ...request, ...change })).toEqual([problem]);
    expect(() => planRebase({ ...request, ...change })).toThrow(problem);
  });

  it('onto a base of another outline, shown as a diff', () => {
    const to = base('v2', { root: PLAIN['root']!, scratch: PLAIN['scratch']! });
    expect(rebaseProblems({ ...request, to })).toEqual([
      [
        'base v2 has another storage outline than v1: volume home is missing. A rebase needs the same volumes',
        '--- v1',
        '+++ v2',
        ' root: system, virtio, 4GiB',
        ' scratch: temporary, virtio, 1GiB',
        '-home: data, virtio',
      ].join('\n'),
    ]);
  });

  it('onto a smaller image, where the code says no size and the image does', () => {
    const unsized = { ...PLAIN, root: volume('system') };
    const from = base('v1', unsized, { imageSizes: { root: 2 ** 32 } });
    const to = base('v2', unsized, { imageSizes: { root: 2 ** 31 } });
    expect(rebaseProblems({ ...request, from, to })[0]).toContain(
      'volume root would shrink from 4GiB to 2GiB',
    );
  });

  it('with all its problems at once', () => {
    expect(
      rebaseProblems({ ...request, to: retired, clones: ['a', 'student-01', 'student-01'] }),
    ).toHaveLength(3);
  });
});
