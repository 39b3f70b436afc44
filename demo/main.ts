import Table from 'cli-table3';
import { Lab } from '../lab/lab';
import { Machines, volumeOf } from '../lab/machines';
import type { CodeChange, Output } from '../lab/project';
import { Project } from '../lab/project';
import { judge, parsePlan, terminalReport } from '../lib/review';
import { step } from './step';

/** The demo: a real rebase of three machines on a private libvirt, with nothing left behind. */
const CLONES = ['student-01', 'student-02', 'student-03'];
const original: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: CLONES };
const rebased: CodeChange = { ...original, rebase: {} };
const promoted: CodeChange = { ...original, base: 'v2' };

async function main(): Promise<void> {
  const lab = await step('start a private libvirt', () => Lab.start({ name: 'demo' }));
  const project = new Project(lab);
  const cleanUp = async (): Promise<void> => {
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
    await tell(project, new Machines(lab));
  } finally {
    await (ending ?? cleanUp());
  }
}

async function tell(project: Project, machines: Machines): Promise<void> {
  await step('cdktf deploy: three clones of base guest-v1', () => deploy(project, original));
  const before = await step('boot them, and write a note on each data volume', async () => {
    const boots = await machines.boot(...CLONES);
    for (const clone of CLONES) await machines.note(clone, 'home', `the work of ${clone}`);
    await machines.shutDown(...CLONES);
    return boots;
  });
  const dataBefore = await step('machines are off: SHA-256 of each data volume', () =>
    machines.dataDigests(),
  );

  await step('add a Rebase to the code, and review it: cdktf diff', () => review(project));
  const verdict = terminalReport(judge(parsePlan(await project.planJson())), {
    color: process.stdout.hasColors?.() ?? false,
  });
  console.log(`\n${verdict.replace(/^(?=.)/gm, '     ')}`);
  await step('apply it: cdktf deploy', () => deploy(project, rebased));
  const dataAfter = await step('SHA-256 of each data volume again', () => machines.dataDigests());
  const after = await step('boot them again', () => machines.bootOnce(...CLONES));
  await step("promote: guest-v2 is the pool's base, the old overlays go", () => deploy(project, promoted));

  const table = new Table({
    head: ['clone', 'system', 'temporary volume', 'data volume (SHA-256)', 'note found'],
    style: { head: [], border: [] },
  });
  for (const clone of CLONES) {
    const file = `${clone}.home.data.qcow2`;
    const [was, is] = [dataBefore[file]!, dataAfter[file]!];
    const fresh = volumeOf(after[clone], 'scratch').fresh === true;
    table.push([
      clone,
      `${before[clone]!.os} -> ${after[clone]!.os}`,
      fresh ? 'fresh' : 'NOT RESET',
      was === is ? `${was.slice(0, 12)} same` : `${was.slice(0, 8)} -> ${is.slice(0, 8)} CHANGED`,
      volumeOf(after[clone], 'home').notes?.join(', ') ?? 'NONE',
    ]);
  }
  console.log(`\n${table.toString()}\n`);
  const kept = CLONES.every((clone) => {
    const file = `${clone}.home.data.qcow2`;
    return (
      dataBefore[file] === dataAfter[file] &&
      after[clone]!.os === 'v2' &&
      volumeOf(after[clone], 'scratch').fresh === true
    );
  });
  if (!kept) throw new Error('the rebase did not do what it promises, see the table');
  console.log('Every machine runs the new system, on the data that it had before, byte for byte.');
}

async function deploy(project: Project, change: CodeChange): Promise<void> {
  project.write(change);
  refuseFailure('cdktf deploy', await project.deploy());
}

async function review(project: Project): Promise<void> {
  project.write(rebased);
  refuseFailure('cdktf diff', await project.diff());
}

function refuseFailure(command: string, { exitCode, text }: Output): void {
  if (exitCode !== 0) throw new Error(`${command} ended with exit code ${exitCode}:\n${text.slice(-4000)}`);
}

main().catch((error: Error) => {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
});
