import fc from 'fast-check';
import type { HostBases, LayerInput } from '../../lib/layers';
import { deletionOf, hostBases, supersededBases } from '../../lib/layers';
import { domain, EMPTY, file, forests, input, POOL } from './forest';

const BASE = `${POOL}/b0.root.base.qcow2`;

/** Everything that has a file in its chain, found by walking down from each file and disk, one step at a time. */
function walkers({ contents: { files, domains } }: LayerInput, path: string): string[] {
  const byPath = new Map(files.map((one) => [one.path, one]));
  const identity = byPath.get(path)!.identity;
  const passes = (start: string): boolean => {
    const seen = new Set<string>();
    for (let at: string | undefined = start; at !== undefined && !seen.has(at);) {
      if (byPath.get(at)?.identity === identity) return true;
      seen.add(at);
      at = byPath.get(at)?.backing?.path;
    }
    return false;
  };
  const disks = domains.flatMap(({ name, disks: next, kept }) =>
    [...next, ...kept.flatMap((one) => one.disks)].map((disk) => ({ name, path: disk.path! })),
  );
  return [
    ...files
      .filter((one) => one.identity !== identity && one.backing && passes(one.backing.path))
      .map((one) => one.path),
    ...disks.filter((disk) => passes(disk.path)).map(({ name }) => name),
  ];
}

const bases = (host: LayerInput): HostBases => hostBases(host);

test('what may be deleted has nothing on it, and what has nothing on it and no other name may be deleted', () => {
  fc.assert(
    fc.property(forests, (host) => {
      const found = bases(host);
      for (const one of found.bases.filter(({ base }) => base !== undefined)) {
        const { refusals } = deletionOf(found, one.base!);
        const isFree = walkers(host, one.path).length === 0 && one.otherNames.length === 0;
        expect({ path: one.path, free: refusals.length === 0 }).toEqual({ path: one.path, free: isFree });
        expect(one.frees).toBe(isFree ? one.allocated : 0);
      }
    }),
    { numRuns: 1000 },
  );
});

test('everything that stands on a base is named when its deletion is refused', () => {
  fc.assert(
    fc.property(forests, (host) => {
      const found = bases(host);
      for (const one of found.bases.filter(({ base }) => base !== undefined)) {
        const text = deletionOf(found, one.base!).refusals.join('\n');
        for (const name of walkers(host, one.path)) expect(text).toContain(name);
      }
    }),
    { numRuns: 500 },
  );
});

test('after deleting whatever gc says may be deleted, every chain that was whole still is', () => {
  fc.assert(
    fc.property(forests, (host) => {
      const gone = new Set(
        supersededBases(bases(host))
          .filter(({ next }) => next.startsWith('regraft delete'))
          .flatMap(({ volumes }) => volumes.map(({ path }) => path)),
      );
      for (const { path, backing } of host.contents.files)
        if (!gone.has(path) && backing) expect(gone).not.toContain(backing.path);
      for (const { disks, kept } of host.contents.domains)
        for (const { path } of [...disks, ...kept.flatMap((one) => one.disks)])
          expect(gone).not.toContain(path);
    }),
    { numRuns: 500 },
  );
});

test('bases of one host are told in the same order, whatever order libvirt has', () => {
  fc.assert(
    fc.property(forests, (host) => {
      const turned = {
        ...host,
        contents: {
          ...host.contents,
          files: [...host.contents.files].reverse(),
          domains: [...host.contents.domains].reverse(),
        },
      };
      expect(bases(turned)).toEqual(bases(host));
    }),
  );
});

const refusalsOf = (host: LayerInput): readonly string[] => deletionOf(bases(host), 'b0').refusals;

test('a chain that leads to where nobody can look keeps every base', () => {
  const unread = { presence: 'unread' as const, reason: 'no active storage pool has it' };
  const top = file('/other/top.qcow2', { backing: { path: '/nfs/mid.qcow2', format: 'qcow2' } });
  const { pool: _pool, name: _name, ...mid } = file('/nfs/mid.qcow2', unread);
  const [refusal, ...others] = refusalsOf(input([file(BASE), top, mid], [domain('far', [top.path])]));
  expect(others).toEqual([]);
  expect(refusal).toMatch(
    /\/nfs\/mid\.qcow2 \(below machine far, \/other\/top\.qcow2\) is not known: no active/,
  );
  // What is used as raw stands on nothing.
  expect(refusalsOf(input([file(BASE), { ...mid, format: 'raw' }]))).toEqual([]);
});

test('a storage pool that cannot be looked into anew keeps every base; one that is off is told only', () => {
  const host = input([file(BASE)]);
  const [pool, other] = host.contents.pools;
  const withPool = (change: object): LayerInput => ({
    ...host,
    contents: { ...host.contents, pools: [pool!, { ...other!, ...change }] },
  });
  expect(refusalsOf(withPool({ stale: 'it has asynchronous jobs running' }))).toMatchObject([
    expect.stringMatching(/^storage pool other cannot be looked into anew: it has asynchronous jobs/),
  ]);
  expect(refusalsOf(withPool({ active: false }))).toEqual([]);
  expect(bases(withPool({ active: false })).unseen).toMatchObject([
    expect.stringMatching(/^storage pool other/),
  ]);
});

test('a machine counts that is right on the base, and one by its snapshot only', () => {
  expect(refusalsOf(input([file(BASE)], [domain('direct', [BASE])]))).toEqual([
    'b0.root.base.qcow2 is right below machine direct',
  ]);
  expect(refusalsOf(input([file(BASE)], [domain('old', [], [BASE])]))).toEqual([
    'b0.root.base.qcow2 is right below machine old (snapshot before)',
  ]);
});

test('only what has the name and the mode that regraft gives is deleted', () => {
  expect(refusalsOf(input([file(BASE, { mode: 0o644 })]))).toMatchObject([
    expect.stringMatching(/has mode 0644, expected 0444/),
  ]);
});

test('a base is kept while the code or the state of any stack has it and does not retire it in both', () => {
  const declaring = (retired: boolean) => ({
    ...EMPTY,
    bases: {
      'lab/b0': {
        host: 'lab',
        retired,
        volumes: { root: { type: 'system' as const, file: 'b0.root.base.qcow2' } },
      },
    },
  });
  const said = (manifest: boolean, wanted: boolean): readonly string[] =>
    refusalsOf(input([file(BASE)], [], { manifest: declaring(manifest), wanted: declaring(wanted) }));
  expect(said(true, true)).toEqual([]);
  for (const refused of [said(false, true), said(true, false), said(false, false)])
    expect(refused).toMatchObject([expect.stringMatching(/stack lab and not retired in both/)]);
  const managed = {
    manifest: declaring(true),
    objects: [
      {
        address: 'libvirt_volume.lab__retired-bases["b0/root"]',
        type: 'libvirt_volume',
        attributes: { name: 'b0.root.base.qcow2', pool: 'pool' },
        tainted: false,
      },
    ],
  };
  expect(refusalsOf(input([file(BASE)], [], managed))).toMatchObject([
    expect.stringMatching(/in the Terraform state of stack lab/),
  ]);
});
