import { Lab } from '../../../../lab/lab';
import { report } from '../../crash/report';
import type { Moment } from '../../crash/rpc-gate';
import { RpcGate } from '../../crash/rpc-gate';
import type { Operation, Victim, When } from './fleet';
import { KilledFleet, OPERATIONS, VICTIMS } from './fleet';

/**
 * An apply of regraft's own provider is killed, and the same command is run again, by plain Terraform.
 *
 * In CI once an operation; `npm run test:crash` sets REGRAFT_CRASH_POINTS and kills a fleet of 20 clones at about as many points.
 */
const wanted = Number(process.env['REGRAFT_CRASH_POINTS'] ?? 0);
const full = wanted > 0;

let lab: Lab;
let gate: RpcGate;
let fleet: KilledFleet;
/** How long each operation takes when nobody is killed, in milliseconds. */
const span: Partial<Record<Operation, number>> = {};

beforeAll(async () => {
  lab = await Lab.start({ name: 'kill' });
  gate = await RpcGate.open(lab);
  fleet = full ? new KilledFleet(lab, gate, 20, 1) : new KilledFleet(lab, gate, 3, 1);
});

afterAll(async () => {
  fleet?.project.remove();
  gate?.close();
  await lab?.stop();
});

/** A kill amid an operation: after a part of the time that it takes, or between two calls to libvirt. */
interface Point {
  readonly operation: Operation;
  readonly victim: Victim;
  readonly when: number | Moment;
  readonly words: string;
}

const CLONE = 'student-01';

/** What a machine that runs goes through, and where it is off and only its definition tells that it ran. */
const MOMENTS: readonly (readonly [string, Moment])[] = [
  [
    `${CLONE} is off and defined, not started`,
    { procedure: 'defineDomain', text: `<name>${CLONE}</name>`, lost: 'answer' },
  ],
  [
    `${CLONE} is off, not defined`,
    { procedure: 'defineDomain', text: `<name>${CLONE}</name>`, lost: 'call' },
  ],
  [`it is noted that ${CLONE} runs`, { procedure: 'setMetadata', text: CLONE, lost: 'answer' }],
  [`${CLONE} is started again`, { procedure: 'startDomain', text: CLONE, lost: 'answer' }],
];

function timed(operation: Operation, victim: Victim, part: number): Point {
  return { operation, victim, when: part, words: `after ${Math.round(part * 100)} % of its time` };
}

function exact(operation: Operation, [words, moment]: (typeof MOMENTS)[number]): Point {
  return { operation, victim: 'both', when: moment, words: `when ${words}` };
}

/** The kills, in rounds through all operations. */
function points(): Point[] {
  if (!full)
    return [
      timed('rebase', 'terraform', 0.5),
      exact('revert', MOMENTS[0]!),
      timed('destroy', 'libvirtd', 0.5),
      timed('create', 'provider', 0.5),
    ];
  const each = Math.ceil(wanted / (VICTIMS.length * OPERATIONS.length));
  const parts = Array.from({ length: each }, (_, index) => (index + 0.5) / each);
  const spread = parts.flatMap((part) =>
    VICTIMS.flatMap((victim) => OPERATIONS.map((operation) => timed(operation, victim, part))),
  );
  const switches = MOMENTS.map((moment, index) => exact(index % 2 === 0 ? 'rebase' : 'revert', moment));
  return [timed('create', 'both', 0.95), ...switches, timed('destroy', 'both', 0.95), ...spread];
}

async function settle(operation: Operation): Promise<void> {
  if (operation === 'create') await fleet.writeData();
}

test('operations that nobody breaks off leave what they should, and are the measure for the others', async () => {
  for (const operation of full ? OPERATIONS : (['create'] as const)) {
    await fleet.write(operation);
    await fleet.watchBoots(operation, async () => void (span[operation] = await fleet.applies()));
    expect(await fleet.faults(operation)).toEqual([]);
    await settle(operation);
  }
});

test.each(points().map((point) => [point.operation, point.victim, point.words, point] as const))(
  'a %s amid which %s is killed %s: the same command finishes it, with no orphan, no double and the same data',
  async (_, victim, words, { operation, when }) => {
    await fleet.write(operation);
    const kill: When =
      typeof when === 'number' ? { after: (span[operation] ?? span.create!) * when } : { at: when };
    let how = '';
    await fleet.watchBoots(operation, async () => {
      how = await fleet.applyAndKill(victim, kill);
      fleet.mendState();
      await fleet.applies();
    });
    const faults = await fleet.faults(operation);
    report(`provider: ${operation}`, `${victim} killed ${words}`, how, faults);
    expect(faults).toEqual([]);
    if (typeof when !== 'number') expect(how).toBe('killed');
    await settle(operation);
  },
);

test('a machine that goes off by itself just before it is asked runs again after the rebase', async () => {
  // The short form ends with a create, the long one with a destroy.
  if (full) {
    await fleet.write('create');
    await fleet.applies();
    await settle('create');
  }
  await fleet.write('rebase');
  const noted: Moment = { procedure: 'setMetadata', text: CLONE, lost: 'answer' };
  await fleet.watchBoots('rebase', () =>
    fleet.appliesWhile(noted, () => lab.virsh('destroy', CLONE, '--graceful')),
  );
  // The manifest has the URI of the gate until then.
  await fleet.applies();
  expect(await fleet.faults('rebase')).toEqual([]);
});
