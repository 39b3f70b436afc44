import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CodeChange } from '../../../lab/project';
import { Classroom } from '../rollout/classroom';
import { watched } from '../rollout/session';

/**
 * A state that regraft serves for the run: Terraform hands it over every 20 s, so that a kill loses what was done since.
 * The marks on the host bring it back.
 */
const ALL = Array.from({ length: 6 }, (_, index) => `student-0${index + 1}`);
const v1: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: ALL };
const SERVED = ['--state-server', 'always'];

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('served-state', 'regraft');
});

afterAll(() => room?.stop());

const filesLike = (pattern: RegExp): string[] =>
  existsSync(room.machines.storage)
    ? readdirSync(room.machines.storage).filter((file) => pattern.test(file))
    : [];

/** Kills `regraft apply`, Terraform and the provider at a moment. */
async function killedWhen(isDue: () => boolean): Promise<void> {
  let kill: (() => void) | undefined;
  let over = false;
  const run = watched(room.regraft, ['apply', '--auto-approve', ...SERVED], (_event, _interrupt, killIt) => {
    kill = killIt;
  }).finally(() => (over = true));
  while (!over && !(kill && isDue())) await sleep(10);
  kill?.();
  const { exitCode, stderr } = await run;
  if (exitCode === 0) throw new Error(`it was over before:\n${stderr}`);
}

/** The bases of the clones that the state knows. */
function basesInState(): Record<string, string> {
  const file = join(room.project.folder, 'terraform.lab.tfstate');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const { resources } = (text === '' ? { resources: [] } : JSON.parse(text)) as {
    resources: { type: string; instances: { attributes: { name: string; base: string } }[] }[];
  };
  const clones = resources.filter(({ type }) => type === 'regraft_clone');
  return Object.fromEntries(
    clones.flatMap(({ instances }) => instances.map(({ attributes: { name, base } }) => [name, base])),
  );
}

/** The same command ends well, each machine is there once on its base, and nothing is left to do. */
async function finishes(base: string): Promise<void> {
  const said = await room.apply(...SERVED);
  if (said.exitCode !== 0) throw new Error(`regraft apply ended with ${said.exitCode}:\n${said.stderr}`);
  expect(await room.bases()).toEqual(Object.fromEntries(ALL.map((name) => [name, base])));
  expect(basesInState()).toEqual(Object.fromEntries(ALL.map((name) => [name, `guest-${base}`])));
  expect(filesLike(new RegExp(`\\.root\\.guest-${base}\\.`))).toHaveLength(ALL.length);
  expect((await room.project.diff()).text).toContain('No changes');
}

test('a create that is killed is finished by the same command, with the data volumes that it had made', async () => {
  room.project.write(v1);
  await killedWhen(() => filesLike(/\.home\.data\.qcow2$/).length >= 4);
  const made = await room.machines.factsOf(...ALL);
  expect(Object.keys(basesInState())).toEqual([]);
  await finishes('v1');
  const now = await room.machines.factsOf(...ALL);
  for (const [file, facts] of Object.entries(made))
    if (file.includes('.data.')) expect(now[file]).toEqual(facts);
});

test('a rebase that is killed is finished by the same command: what the state lost is found on the host, and data is as it was', async () => {
  const digests = await room.machines.dataDigests();
  room.project.write({ ...v1, rebase: { retain: false } });
  // That the old one goes is the end of the work on a clone.
  await killedWhen(() => filesLike(/\.root\.guest-v1\./).length < ALL.length);
  expect(Object.values(await room.bases())).toContain('v2');
  expect(basesInState()).toEqual(Object.fromEntries(ALL.map((name) => [name, 'guest-v1'])));
  await finishes('v2');
  expect(filesLike(/\.root\.guest-v1\./)).toEqual([]);
  expect(await room.machines.dataDigests()).toEqual(digests);
});
