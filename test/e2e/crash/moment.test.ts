import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../../../lab/lab';
import { isOwnProvider } from '../dialect';
import { CrashFleet } from './crash-fleet';
import type { Moment } from './rpc-gate';
import { RpcGate } from './rpc-gate';

/**
 * A rollout is killed exactly between two calls to libvirt that belong together: where a machine is undefined, and where
 * a volume is made that Terraform's state does not know. `npm run test:crash` has more of them.
 */
const isWhole = process.env['REGRAFT_CRASH_POINTS'] !== undefined;
let lab: Lab;
let gate: RpcGate;
let fleet: CrashFleet;
let base: 'v1' | 'v2' = 'v1';

beforeAll(async () => {
  lab = await Lab.start({ name: 'moment' });
  gate = await RpcGate.open(lab);
  fleet = new CrashFleet(lab, 3, gate.uri);
  await fleet.create();
});

afterAll(async () => {
  fleet?.project.remove();
  gate?.close();
  await lab?.stop();
});

/** The code asks for the other base. */
function turn(): void {
  base = base === 'v1' ? 'v2' : 'v1';
  fleet.project.write(base === 'v2' ? fleet.stages.rebased : fleet.stages.settled);
}

async function killAt(moment: Moment): Promise<void> {
  expect(await fleet.applyAndKill({ when: (kill) => gate.at(moment, kill) })).toBe('killed');
  expect(gate.isArmed).toBe(false);
}

async function machines(): Promise<string[]> {
  return (await lab.virsh('list', '--all', '--name')).trim().split('\n').sort();
}

/** What every machine is, and a note on the data of those that run, before something is broken off. */
async function look() {
  const note = await fleet.writeNotes();
  return { note, digests: await fleet.machines.dataDigests(), before: await uuids() };
}

async function uuids(): Promise<Record<string, string>> {
  const found = fleet.clones.map(async (name) => [name, (await lab.virsh('domuuid', name)).trim()] as const);
  return Object.fromEntries(await Promise.all(found));
}

describe.each(isWhole ? ['student-01', 'student-02'] : ['student-01'])(
  'killed when %s is undefined and not defined again',
  (clone) => {
    const moment: Moment = { procedure: 'defineDomain', text: `<name>${clone}</name>`, lost: 'call' };

    test('the same command defines it as it was, with its UUID, and finishes', async () => {
      const { note, digests, before } = await look();
      turn();
      await killAt(moment);
      // Regraft's own provider defines a machine anew without undefining it.
      expect((await machines()).includes(clone)).toBe(isOwnProvider);
      await fleet.applies();
      expect(await uuids()).toEqual(before);
      expect(await fleet.faults({ base, note, digests })).toEqual([]);
    });

    test('the change taken back in the code, a plan says what is missing, and the next apply brings all back', async () => {
      const { note, digests, before } = await look();
      turn();
      await killAt(moment);
      turn();
      await fleet.applies();
      expect(await uuids()).toEqual(before);
      expect(await fleet.faults({ base, note, digests })).toEqual([]);
    });
  },
);

const STATES = [
  ['emptied its state to write it anew: the change taken back in the code', 'emptied', 'taken back'],
  ['written half of its state: the same command', 'half', 'the same'],
  ['written half of its state: the change taken back in the code', 'half', 'taken back'],
];

test.each(isWhole ? STATES : STATES.slice(0, 1))(
  'killed when Terraform has %s finishes with the state as it was',
  async (_, state, way) => {
    const { note, digests, before } = await look();
    turn();
    await killAt({ procedure: 'defineDomain', text: '<name>student-03</name>', lost: 'call' });
    // It writes after each object that it has made; the kill is not that exact.
    const file = join(fleet.project.folder, 'terraform.lab.tfstate');
    truncateSync(file, state === 'half' ? Math.floor(statSync(file).size / 2) : 0);
    if (state === 'emptied') {
      expect(await fleet.regraft.run('repair')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('regraft apply puts it back and goes on') as string,
      });
    }
    if (way === 'taken back') turn();
    await fleet.applies();
    expect(await uuids()).toEqual(before);
    expect(await fleet.faults({ base, note, digests })).toEqual([]);
  },
);

test('killed when an overlay is made that the state does not know: the same command finishes, and leaves no orphan', async () => {
  const { note, digests } = await look();
  if (base === 'v2') {
    turn();
    await fleet.applies();
  }
  turn();
  await killAt({ procedure: 'createVolume', text: '<name>student-02.root.guest-v2.', lost: 'answer' });
  await fleet.applies();
  expect(await fleet.faults({ base, note, digests })).toEqual([]);
});

describe('killed as a clone is made, which the state does not know yet: it is taken in as it is', () => {
  test.each<[string, string, Moment]>([
    [
      'its data volume',
      'student-04',
      { procedure: 'createVolume', text: '<name>student-04.home.data.qcow2<', lost: 'answer' },
    ],
    [
      'its machine',
      'student-05',
      { procedure: 'defineDomain', text: '<name>student-05</name>', lost: 'answer' },
    ],
  ])('%s', async (_, clone, moment) => {
    const file = `${clone}.home.data.qcow2`;
    const note = await fleet.writeNotes();
    fleet.clones.push(clone);
    fleet.project.write({ ...fleet.stages.settled, base });
    await killAt(moment);
    const { [file]: made } = await fleet.machines.factsOf(clone);
    expect(made).toBeDefined();
    await fleet.applies();
    expect((await fleet.machines.factsOf(clone))[file]).toEqual(made);
    await fleet.machines.bootOnce(clone);
    const digests = await fleet.machines.dataDigests();
    expect(await fleet.faults({ base, note, digests })).toEqual([]);
  });
});
