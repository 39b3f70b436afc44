import { type HostFacts, judge, parsePlan, type Review } from '../../lib/review';
import { pathOf } from './damages';
import { changeAt, GENERATIONS, type Generation, manifestIn, type PlanJson, recorded } from './recorded';

/** What libvirt says of the host when nobody has meddled with it: the disks as the plan has them before. */
function factsOf(plan: PlanJson): HostFacts {
  const volumes = plan.resource_changes
    .filter(({ type, change }: PlanJson) => type === 'libvirt_volume' && change.before)
    .map(({ change: { before } }: PlanJson) => ({
      name: before.name,
      path: before.id,
      allocation: 200_704,
      capacity: before.capacity ?? before.size,
      backing: before.base_volume_id ?? before.backing_store?.path ?? undefined,
    }));
  const byName = new Map<string, PlanJson>(volumes.map((volume: PlanJson) => [volume.path, volume]));
  const domains = plan.resource_changes
    .filter(({ type, change }: PlanJson) => type === 'libvirt_domain' && change.before)
    .map(({ change: { before } }: PlanJson) => ({
      name: before.name,
      uuid: before.uuid ?? before.id,
      running: false,
      disks: (before.disk ?? before.devices.disks).map((disk: PlanJson, index: number) => {
        const path = disk.volume_id ?? `/lab/pools/pool/${disk.source.volume.volume}`;
        const backing = byName.get(path)?.backing;
        const target = disk.target?.dev ?? (disk.scsi ? 'sda' : `vd${'abc'[index]}`);
        return { target, path, device: 'disk', backingChain: backing ? [backing] : [] };
      }),
    }));
  return { host: 'lab', domains, volumes, available: 2 ** 40 };
}

type Mutable<T> = {
  -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Mutable<Item>[] : T[Key];
};

function review(
  generation: Generation,
  name: string,
  change: (facts: Mutable<HostFacts>, plan: PlanJson) => void = () => undefined,
): Review {
  const plan = recorded(`${generation}-${name}`);
  const facts = factsOf(plan) as Mutable<HostFacts>;
  change(facts, plan);
  return judge(parsePlan(JSON.stringify(plan)), { facts: [facts] });
}

const codes = ({ findings }: Review): string[] => [...new Set(findings.map(({ code }) => code))];

describe.each(GENERATIONS)('facts from libvirt, provider %s', (generation) => {
  test.each(['nothing', 'canary', 'all', 'promote', 'retire', 'drop-base'])(
    '%s: an untouched host adds no finding',
    (name) => {
      const without = judge(parsePlan(JSON.stringify(recorded(`${generation}-${name}`))));
      expect(codes(review(generation, name))).toEqual(codes(without));
    },
  );

  test('RG730: a base that is still being prepared, or whose preparation was killed, is refused as long as the code has it', () => {
    const found = review(generation, 'canary', ({ volumes }) => {
      for (const base of ['debian-13', 'elsewhere']) {
        volumes.push({
          name: `${base}.preparing`,
          path: `/lab/${base}.preparing`,
          allocation: 0,
          capacity: 1,
        });
      }
    });
    expect(found.verdict).toBe('refused');
    const details = found.findings.filter(({ code }) => code === 'RG730');
    expect(details).toMatchObject([
      { expected: 'base debian-13 is whole', found: '/lab/debian-13.preparing' },
    ]);
  });

  test('RG309: a base is not deleted while something that Terraform does not know stands on it', () => {
    const found = review(generation, 'drop-base', (facts, plan) => {
      const base = pathOf(plan, 'libvirt_volume.lab__retired-bases["debian-12/root"]');
      facts.volumes.push({
        name: 'by-hand.qcow2',
        path: '/lab/pools/pool/by-hand.qcow2',
        allocation: 1,
        capacity: 1,
        backing: base,
      });
    });
    expect(found).toMatchObject({
      verdict: 'refused',
      findings: [{ code: 'RG309', found: '/lab/pools/pool/by-hand.qcow2' }],
    });
  });

  test('RG309: nor while a machine has it anywhere in a backing chain', () => {
    const found = review(generation, 'drop-base', (facts, plan) => {
      const base = pathOf(plan, 'libvirt_volume.lab__retired-bases["debian-12/root"]');
      const disks = [
        {
          target: 'vda',
          path: '/elsewhere/top.qcow2',
          device: 'disk',
          backingChain: ['/elsewhere/mid.qcow2', base],
        },
      ];
      facts.domains.push({ name: 'stranger', uuid: 'x', running: false, disks });
    });
    expect(found).toMatchObject({
      verdict: 'refused',
      findings: [{ code: 'RG309', found: 'machine stranger' }],
    });
  });

  test('RG309, RG351: a base is not deleted while a chain in another storage pool goes through it, or one cannot be followed', () => {
    const found = review(generation, 'drop-base', (facts) => {
      const base = 'debian-12.root.base.qcow2';
      const path = '/elsewhere/top.qcow2';
      Object.assign(facts, {
        dependents: [{ base, path, machines: ['machine stranger (snapshot before)'] }],
      });
      Object.assign(facts, { unknown: ['the backing chain of /nfs/x.qcow2 is not known'] });
    });
    expect(found).toMatchObject({
      verdict: 'refused',
      findings: expect.arrayContaining([
        expect.objectContaining({
          code: 'RG309',
          found: '/elsewhere/top.qcow2 (machine stranger (snapshot before))',
        }),
        expect.objectContaining({ code: 'RG351', found: expect.stringContaining('/nfs/x.qcow2') }),
      ]),
    });
  });

  test('RG350: a base is not retired while anything stays that stands on it; what leaves with the plan does not count', () => {
    const codesWith = (name: string, path: (plan: PlanJson) => string): string[] =>
      codes(
        review(generation, name, (facts, plan) => {
          plan.output_changes.regraft.after.bases['lab/debian-12'].retired = true;
          const base = 'debian-12.root.base.qcow2';
          Object.assign(facts, { dependents: [{ base, path: path(plan), machines: [] }] });
        }),
      );
    const elsewhere = (): string => '/elsewhere/top.qcow2';
    expect(codesWith('retire-base', elsewhere)).toEqual(['RG350']);
    expect(codesWith('promote', elsewhere)).toContain('RG350');
    const retained = (plan: PlanJson): string =>
      plan.resource_changes.find(
        ({ type, change }: PlanJson) => type === 'libvirt_volume' && change.actions[0] === 'delete',
      ).change.before.id;
    expect(codesWith('promote', retained)).not.toContain('RG350');
  });

  test('RG209: a new data volume does not take over a file that is there', () => {
    const found = review(generation, 'create', (facts) => {
      facts.volumes.push({
        name: 'student-01.home.data.qcow2',
        path: '/lab/pools/pool/student-01.home.data.qcow2',
        allocation: 7,
        capacity: 7,
      });
    });
    expect(found.verdict).toBe('refused');
    expect(codes(found)).toEqual(['RG209']);
  });

  test.each(['create', 'add-base'])(
    'RG311: a new base volume does not take over a file that is there (%s)',
    (name) => {
      const file = 'debian-12.root.base.qcow2';
      const found = review(generation, name, (facts) => {
        facts.volumes.push({ name: file, path: `/lab/pools/pool/${file}`, allocation: 7, capacity: 7 });
      });
      expect(found.verdict).toBe('refused');
      expect(codes(found)).toEqual(['RG311']);
    },
  );

  test('RG701: the room that new overlays can take is compared with what is free', () => {
    expect(codes(review(generation, 'all', (facts) => (facts.available = 2 * (4 + 2) * 2 ** 20)))).toEqual(
      [],
    );
    expect(
      codes(review(generation, 'all', (facts) => (facts.available = 2 * (4 + 2) * 2 ** 20 - 1))),
    ).toEqual(['RG701']);
  });

  test('RG702: an overlay that neither the state nor a machine knows is a leftover', () => {
    const leftover = {
      name: 'student-01.root.debian-13.20261122010101.qcow2',
      path: '/lab/pools/pool/left.qcow2',
      allocation: 1,
      capacity: 1,
    };
    expect(codes(review(generation, 'canary', (facts) => facts.volumes.push(leftover)))).toEqual(['RG702']);
    const used = review(generation, 'canary', (facts) => {
      facts.volumes.push(leftover);
      const disks = [{ target: 'vda', path: leftover.path, device: 'disk', backingChain: [] }];
      facts.domains.push({ name: 'stranger', uuid: 'x', running: false, disks });
    });
    expect(codes(used)).toEqual([]);
  });

  test('RG703: a machine that somebody put on another file, or rebased by hand, is noticed', () => {
    expect(
      codes(
        review(
          generation,
          'nothing',
          ({ domains }) => (domains[0]!.disks[0]!.path = '/lab/pools/pool/other.qcow2'),
        ),
      ),
    ).toEqual(['RG703']);
    expect(
      codes(
        review(
          generation,
          'nothing',
          ({ domains }) => (domains[0]!.disks[0]!.backingChain = ['/lab/pools/pool/other.qcow2']),
        ),
      ),
    ).toEqual(['RG703']);
  });

  test('RG703: what a data volume stands on is noticed, also of one that was taken over from a retired clone, but not of one that was there before regraft', () => {
    const found = (own: object): string[] =>
      codes(
        review(generation, 'nothing', ({ domains }, plan) => {
          const address = 'libvirt_volume.lab__data["students/student-01/home"]';
          const { name, id } = changeAt(plan, address).change.before;
          for (const when of ['before', 'after'] as const)
            Object.assign(manifestIn(plan, when).addresses[address], { file: name, ...own });
          const disks = domains.flatMap((domain) => domain.disks);
          disks.find(({ path }) => path === id)!.backingChain = ['/lab/pools/pool/other.qcow2'];
        }),
      ).filter((code) => code === 'RG703');
    expect(found({ from: ['students/student-09/home'] })).toEqual(['RG703']);
    expect(found({})).toEqual([]);
  });

  test('RG704: a disk that somebody attached is noticed, a drive without a medium is not', () => {
    const attach = (device: string) => (facts: Mutable<HostFacts>) => {
      facts.domains[0]!.disks.push({
        target: 'vdz',
        path: '/elsewhere/by-hand.qcow2',
        device,
        backingChain: [],
      });
    };
    expect(codes(review(generation, 'canary', attach('disk')))).toEqual(['RG704']);
    expect(codes(review(generation, 'canary', attach('cdrom')))).toEqual([]);
  });

  test('RG705: a running machine is named when the plan stops it, and only then', () => {
    const run = (name: string) => (facts: Mutable<HostFacts>) => {
      for (const domain of facts.domains) if (domain.name === name) domain.running = true;
    };
    const moved = review(generation, 'canary', run('student-01'));
    expect(moved).toMatchObject({ verdict: 'safe', findings: [{ code: 'RG705', clone: 'student-01' }] });
    expect(moved.pools[0]!.clones.map(({ machine }) => machine.running)).toEqual([true, false]);
    expect(codes(review(generation, 'canary', run('student-02')))).toEqual([]);
  });

  test('without facts nothing is said of what runs', () => {
    const { pools, factsFrom } = judge(parsePlan(JSON.stringify(recorded(`${generation}-canary`))));
    expect(factsFrom).toEqual([]);
    expect(pools[0]!.clones[0]!.machine).not.toHaveProperty('running');
  });
});

describe.each(GENERATIONS)('a restore, provider %s', (generation) => {
  const restore = (restored?: string[]): Review =>
    judge(parsePlan(JSON.stringify(recorded(`${generation}-restore`))), restored ? { restored } : {});

  test('is a warning where nobody says what was asked for', () => {
    expect(restore().findings[0]).toMatchObject({ code: 'RG405', severity: 'warning' });
  });

  test('is what it should be where it was asked for', () => {
    expect(restore(['students/student-02'])).toMatchObject({
      verdict: 'safe',
      findings: [{ severity: 'info' }, { severity: 'info' }],
    });
  });

  test('is refused where another clone was to be restored', () => {
    expect(restore(['students/student-01']).verdict).toBe('refused');
  });
});

test('a made-up volume that no fact speaks of leaves the judge calm', () => {
  const plan = recorded('0.9-nothing');
  expect(changeAt(plan, 'libvirt_pool.lab["pool"]').change.actions).toEqual(['no-op']);
  const facts: HostFacts = { host: 'elsewhere', domains: [], volumes: [], available: 0 };
  expect(judge(parsePlan(JSON.stringify(plan)), { facts: [facts] }).verdict).toBe('nothing-to-do');
});
