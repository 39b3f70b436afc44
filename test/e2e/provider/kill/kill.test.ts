import { Lab } from '../../../../lab/lab';
import { report } from '../../crash/report';
import type { Operation, Victim } from './fleet';
import { KilledFleet, OPERATIONS, VICTIMS } from './fleet';

/**
 * An apply of regraft's own provider is killed, and the same command is run again, by plain Terraform.
 *
 * In CI once an operation; `npm run test:crash` sets REGRAFT_CRASH_POINTS and kills a fleet of 20 clones at 60 points.
 */
const full = process.env['REGRAFT_CRASH_POINTS'] !== undefined;
/** When somebody is killed, as a part of the time that the operation takes. */
const MOMENTS = full ? [0.1, 0.35, 0.6, 0.85] : [0.5];

let lab: Lab;
let fleet: KilledFleet;
/** How long each operation takes when nobody is killed, in milliseconds. */
const span: Partial<Record<Operation, number>> = {};

beforeAll(async () => {
  lab = await Lab.start({ name: 'kill' });
  fleet = full ? new KilledFleet(lab, 20, 2) : new KilledFleet(lab, 6, 1);
});

afterAll(async () => {
  fleet?.project.remove();
  await lab?.stop();
});

/** The kills of one round through all operations. */
function rounds(): { victim: (index: number) => Victim; moment: number }[] {
  if (!full) return [{ victim: (index) => VICTIMS[index]!, moment: MOMENTS[0]! }];
  return VICTIMS.flatMap((victim) => MOMENTS.map((moment) => ({ victim: () => victim, moment })));
}

async function settle(operation: Operation): Promise<void> {
  if (operation !== 'create') return;
  await fleet.writeData();
  if (fleet.running.length > 0) await fleet.machines.boot(...fleet.running);
}

test('operations that nobody breaks off leave what they should, and are the measure for the others', async () => {
  for (const operation of OPERATIONS) {
    await fleet.write(operation);
    const begun = Date.now();
    await fleet.applies();
    span[operation] = Date.now() - begun;
    expect(await fleet.faults(operation)).toEqual([]);
    await settle(operation);
  }
});

describe.each(rounds())('round %#', ({ victim, moment }) => {
  test.each(OPERATIONS.map((operation, index) => [operation, victim(index)] as const))(
    'a %s amid which %s is killed: the same command finishes it, with no orphan, no double and the same data',
    async (operation, killed) => {
      await fleet.write(operation);
      const how = await fleet.applyAndKill(killed, span[operation]! * moment);
      fleet.mendState();
      await fleet.applies();
      const faults = await fleet.faults(operation);
      report(`provider: ${operation}`, `${killed} killed after ${moment * 100} % of its time`, how, faults);
      expect(faults).toEqual([]);
      await settle(operation);
    },
  );
});
