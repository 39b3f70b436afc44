import type { FleetStatus, StackStatus } from '../../../lib/status';
import { fleetStatus, terminalStatus } from '../../../lib/status';
import type { Manifest } from '../../../lib/model/manifest';
import { HOSTILE } from '../../review/reporters/reviews';
import { stackOf } from '../../review/classroom';
import { addFile, fileAt, inputOf, removeFile, worldOf } from '../world';

const { output } = stackOf({ rebase: ['student-01'] }, '0.8') as { output: { regraft: { value: Manifest } } };
const manifest = output.regraft.value;

function canary(damage: (given: ReturnType<typeof worldOf>) => void = () => undefined): FleetStatus {
  const world = worldOf(manifest);
  damage(world);
  return fleetStatus([inputOf(world)]);
}

/** The status with another stack in it. */
function withStack(status: FleetStatus, change: Partial<StackStatus>): FleetStatus {
  return { ...status, stacks: [{ ...status.stacks[0]!, ...change }] };
}

test('a row a clone says base, way back and power, and sizes stand below it', () => {
  const text = terminalStatus(canary());
  expect(text).toMatch(/^ {2}student-01 +debian-13 +debian-12, 2 MiB +shut off +-$/m);
  expect(text).toMatch(/^ {2}student-02 +debian-12, stale +- +shut off +-$/m);
  expect(text).toMatch(/^ {2}student-01 +2 MiB \/ 16 MiB +2 MiB \/ 16 MiB +2 MiB \/ 16 MiB$/m);
  expect(text).toContain('Pool students on lab: base debian-12, rebase to debian-13 (1 of 2 clones)\n');
  expect(text.trimEnd().split('\n').pop()).toBe('2 clones, 0 running, 1 stale, no drift.');
});

test('a base tells what stands on it, and what of that is of other origin', () => {
  const text = terminalStatus(
    canary((given) => addFile(given, 'lab', 'mine.qcow2', '/pool/debian-12.root.base.qcow2')),
  );
  expect(text.replace(/\s+/g, ' ')).toContain(
    'Base debian-12/root, 2 MiB / 16 MiB: 3 overlays (1 in use, 1 retained, 1 of other origin); 1 machine: student-02',
  );
  expect(text).toContain('of other origin: /pool/mine.qcow2');
});

test('the grave is named first and whole, and each kind says what to do next', () => {
  const text = terminalStatus(
    canary((given) => {
      for (const clone of ['student-01', 'student-02']) {
        removeFile(given, 'lab', fileAt(given, `libvirt_volume.lab__data["students/${clone}/home"]`));
      }
      given.hosts.get('lab')!.domains.splice(0, 1);
    }),
  );
  expect(text).toMatch(
    /GRAVE: a data volume is missing\n {2}students\/student-01: .*\n(?:.*\n)*? {2}students\/student-02: (?:.*\n)*? {2}Next: bring the file back/,
  );
  expect(text).toMatch(/^ {2}student-01 +2 MiB \/ 16 MiB +2 MiB \/ 16 MiB +missing$/m);
  expect(text.indexOf('GRAVE')).toBeLessThan(text.indexOf('Drift: a machine is missing'));
});

test('of a hundred clones with the same small drift a few are named and the others counted', () => {
  const status = canary();
  const [pool] = status.stacks[0]!.pools;
  const drift = [{ kind: 'machine-missing' as const, text: 'gone' }];
  const clones = Array.from({ length: 100 }, (_, index) => ({
    ...pool!.clones[0]!,
    clone: `c-${index}`,
    drift,
  }));
  const text = terminalStatus(withStack(status, { pools: [{ ...pool!, clones }] }));
  expect(text.match(/: gone$/gm)).toHaveLength(5);
  expect(text).toContain('  and 95 more');
});

test('a host that could not be asked, a missing hook, an open rollout and a sick clone are told', () => {
  const status = fleetStatus([
    {
      ...inputOf(worldOf(manifest)),
      hosts: new Map([
        ['lab', { obstacle: 'no route', power: new Map(), othersFiles: new Set(), hook: 'missing' as const }],
      ]),
      health: new Map([['students/student-02', { healthy: false, reason: 'tcp port 22: refused' }]]),
      rollout: { id: 'r-1', state: 'wave 2 of 3 failed' },
    },
  ]);
  const text = terminalStatus(status);
  expect(text).toMatch(/^ {2}student-01 +debian-13 +debian-12 +unknown +-$/m);
  expect(text).toMatch(/^ {2}student-02 +debian-12, stale +- +unknown +unhealthy$/m);
  expect(text).toContain('student-02 is not healthy: tcp port 22: refused');
  expect(text).toContain('no route; what only libvirt knows is shown as unknown');
  expect(text.replace(/\s+/g, ' ')).toContain(
    'temporary volumes are not reset at shutdown: regraft hook install',
  );
  expect(text).toContain('Rollout r-1: wave 2 of 3 failed');
  expect(text).not.toContain('allocated / virtual');
  expect(status.stacks[0]!.pools[0]!.clones.flatMap(({ drift }) => drift)).toEqual([]);
});

test('colours are a help only: without them the words are the same', () => {
  const status = canary((given) => given.hosts.get('lab')!.domains.splice(0, 1));
  const colored = terminalStatus(status, { color: true });
  // eslint-disable-next-line no-control-regex
  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(terminalStatus(status));
  // eslint-disable-next-line no-control-regex
  expect(colored).toMatch(/\u001b\[31mmissing/);
});

test('no name of a file, machine or host can steer the terminal, and long ones fit', () => {
  const long = `${'x'.repeat(200)}.qcow2`;
  const status = canary((given) => {
    addFile(given, 'lab', `${HOSTILE}.a.b.20250101000000.qcow2`);
    addFile(given, 'lab', long, '/pool/debian-12.root.base.qcow2');
    const domain = given.hosts.get('lab')!.domains[0]!;
    given.hosts.get('lab')!.domains.push({ ...domain, name: HOSTILE, uuid: 'none' });
  });
  const text = terminalStatus(
    withStack(status, { stack: HOSTILE, rollout: { id: HOSTILE, state: HOSTILE } }),
  );
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('a project of which nothing was applied yet says so', () => {
  expect(terminalStatus({ version: 1, stacks: [] })).toMatch(/^Nothing was applied yet/);
});
