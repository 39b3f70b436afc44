import Table from 'cli-table3';
import { Lab } from '../lab/lab';
import type { GuestBoot } from '../lab/guest';
import { readConsole } from '../lab/guest';
import { Machines, volumeOf } from '../lab/machines';
import type { CodeChange } from '../lab/project';
import { Project } from '../lab/project';
import type { RunRecord } from '../lib/model/run-record';
import { Regraft } from './regraft';
import { shownStep, step } from './step';

/** The demo: three running machines are moved onto a new base in two waves and taken back, on a private libvirt. */
const CLONES = ['student-01', 'student-02', 'student-03'];
const original: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: CLONES, health: { retries: 120 } };
const rebased: CodeChange = { ...original, rebase: { waves: [1, '100%'] } };

async function main(): Promise<void> {
  await step('build regraft', () => Regraft.build());
  const lab = await step('start a private libvirt', () => Lab.start({ name: 'demo' }));
  const project = new Project(lab);
  const regraft = new Regraft(lab, project);
  const cleanUp = async (): Promise<void> => {
    await regraft.stop();
    await lab.stop();
    project.remove();
  };
  // Ctrl-C arrives twice, from the terminal and through tsx: the second must not cut the cleaning short.
  let ending: Promise<void> | undefined;
  const interrupted = (): void =>
    void (ending ??= cleanUp().finally(() => {
      console.error('\ndemo: interrupted; what it made is gone');
      process.exit(130);
    }));
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
  try {
    await tell(lab, project, regraft);
  } finally {
    await (ending ?? cleanUp());
  }
}

async function tell(lab: Lab, project: Project, regraft: Regraft): Promise<void> {
  const machines = new Machines(lab);
  await step('regraft apply: three machines of base guest-v1 are made and started', async () => {
    project.write(original);
    await regraft.read('apply', '--auto-approve', '--power', 'on');
  });
  await step('their users write on the system, the temporary and the data volume', async () => {
    for (const clone of CLONES) {
      await machines.note(clone, 'root', 'settings');
      await machines.note(clone, 'scratch', 'cache');
      await machines.note(clone, 'home', `work of ${clone}`);
    }
  });
  const before = lastBoots(lab);
  await shownStep('add a Rebase onto guest-v2 to the code, one machine first, and apply it', () => {
    project.write(rebased);
    return regraft.show('apply', '--auto-approve');
  });
  const record = JSON.parse(await regraft.read('runs', 'latest', '--json')) as RunRecord;
  const moved = lastBoots(lab);
  await step('revert: delete the Rebase from the code, and apply that', async () => {
    project.write(original);
    await regraft.read('apply', '--auto-approve');
  });
  const back = lastBoots(lab);

  console.log(`\n${table(record, before, moved, back)}\n`);
  const kept = CLONES.every(
    (clone) =>
      proofOf(record, clone).same &&
      moved[clone]!.os === 'v2' &&
      back[clone]!.os === 'v1' &&
      volumeOf(moved[clone], 'scratch').fresh === true &&
      notesOn('home', moved[clone]) === `work of ${clone}` &&
      notesOn('home', back[clone]) === `work of ${clone}` &&
      notesOn('root', back[clone]) === 'settings',
  );
  if (!kept) throw new Error('the rollout did not do what it promises, see the table');
  console.log(
    'Each machine went to the new system and back, on the data that it had before, byte for byte; the old\nsystem came back with what was written on it.',
  );
}

function table(
  record: RunRecord,
  before: Record<string, GuestBoot>,
  moved: Record<string, GuestBoot>,
  back: Record<string, GuestBoot>,
): string {
  const rows = new Table({
    head: ['clone', 'rebase', 'temporary', 'data volume', 'its SHA-256', 'reverted'],
    style: { head: [], border: [] },
  });
  for (const clone of CLONES) {
    rows.push([
      clone,
      `${before[clone]!.os} -> ${moved[clone]!.os}`,
      volumeOf(moved[clone], 'scratch').fresh === true ? 'fresh' : 'NOT FRESH',
      notesOn('home', moved[clone]),
      proofOf(record, clone).text,
      `${back[clone]!.os}: ${notesOn('root', back[clone])}`,
    ]);
  }
  return rows.toString();
}

/** What each machine found when it booted last. */
function lastBoots(lab: Lab): Record<string, GuestBoot> {
  const boots = CLONES.map((clone): [string, GuestBoot] => {
    const said = readConsole(`${lab.consoleLogs}/${clone}.log`);
    return [clone, said.filter((event): event is GuestBoot => event.event === 'boot').at(-1)!];
  });
  return Object.fromEntries(boots);
}

function notesOn(volume: string, boot: GuestBoot | undefined): string {
  return volumeOf(boot, volume).notes?.join(', ') || 'NOTHING';
}

/** What regraft itself has proven of a clone's data volume, with no machine running. */
function proofOf({ clones }: RunRecord, clone: string): { same: boolean; text: string } {
  const { before = 'NONE', after = 'NONE' } = clones[`students/${clone}`]?.data['home'] ?? {};
  const same = before === after && before !== 'NONE';
  return {
    same,
    text: same ? `${before.slice(0, 12)}… same` : `${before.slice(0, 6)} -> ${after.slice(0, 6)}`,
  };
}

main().catch((error: Error) => {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
});
