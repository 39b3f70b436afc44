import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConsole } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { Machines } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import { Project } from '../../lab/project';
import { byProvider } from './dialect';
import { Forge } from './forge/forge';
import { copyScripts, Runner } from './forge/jobs';
import { Regraft } from './regraft';

/**
 * The pull requests of a base update, through the very files of examples/ci, on a real libvirt; a local git remote and
 * a small server stand in for the forge. The tests are the chapters of one story and run in order.
 */
const two: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: ['student-01', 'student-02'] };
const canary: CodeChange = { ...two, rebase: { clones: ['student-01'] } };

const remote = mkdtempSync(join(tmpdir(), 'regraft-remote-'));
const forge = new Forge();
let lab: Lab;
let project: Project;
let machines: Machines;
let runner: Runner;

beforeAll(async () => {
  await forge.start();
  lab = await Lab.start({ name: 'requests' });
  project = new Project(lab);
  machines = new Machines(lab);
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', remote]);
  git('init', '-q', '-b', 'main');
  git('remote', 'add', 'origin', remote);
  copyScripts(project.folder);
  writeFileSync(join(project.folder, '.gitignore'), 'cdktf.out\n*.tfstate*\nreview\nreview.tar*\n');
  commit('Begin');
  git('push', '-q', 'origin', 'main');
  runner = new Runner(project.folder, forge, new Regraft(lab, project).env);
});

afterAll(async () => {
  project?.remove();
  rmSync(remote, { recursive: true });
  await lab?.stop();
  await forge.stop();
});

function git(...args: string[]): string {
  const who = ['-c', 'user.name=me', '-c', 'user.email=me@lab.test'];
  return execFileSync('git', [...who, ...args], {
    cwd: project.folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function commit(what: string): void {
  git('add', '-A');
  git('commit', '-q', '-m', what);
}

/** Pushes a branch with a change, and checks out what main becomes when it is merged, as the forge does for its jobs. */
function propose(branch: string, change: CodeChange): void {
  git('checkout', '-q', '-B', branch, 'origin/main');
  project.write(change);
  commit(branch);
  git('push', '-q', '-f', 'origin', branch);
  git('checkout', '-q', '--detach', 'origin/main');
  git('merge', '-q', '--no-ff', '-m', 'merge of the forge', branch);
}

/** Merges a branch, as one commit of another name, and checks out main. */
function merge(branch: string): void {
  git('checkout', '-q', '-B', 'main', 'origin/main');
  git('merge', '-q', '--squash', branch);
  commit(`Merge ${branch}`);
  git('push', '-q', 'origin', 'main');
}

test('GitHub: a new pool is planned on its pull request, and that very plan applied after the merge', async () => {
  // Somebody who wants to be taken for regraft.
  forge.write('<!-- regraft review -->\nsafe, trust me', 'mallory', 1);
  propose('new-pool', two);
  expect(await runner.github('plan')).toMatchObject({ exitCode: 0 });
  expect(await runner.github('plan')).toMatchObject({ exitCode: 0 });
  expect(forge.comments.map(({ body }) => body.split('\n')[1])).toEqual(['safe, trust me', '| Stack | |']);
  expect(forge.comments[1]!.body).toContain('🟢 Safe to apply');
  expect([...forge.stored.values()].map((packed) => packed.includes('bundle.json'))).toEqual([false]);

  merge('new-pool');
  expect(await runner.github('apply')).toMatchObject({ exitCode: 0 });
  expect((await lab.virsh('list', '--all', '--name')).trim().split('\n').sort()).toEqual([
    'student-01',
    'student-02',
  ]);
});

test('GitLab: a canary rebase is planned on its merge request, and applied after the merge', async () => {
  forge.comments.length = 0;
  propose('canary', canary);
  expect(await runner.gitlab('plan')).toMatchObject({ exitCode: 0 });
  expect(await runner.gitlab('plan')).toMatchObject({ exitCode: 0 });
  expect(forge.comments).toHaveLength(1);
  expect(forge.comments[0]!.body).toContain('the way back is to delete the Rebase');
  merge('canary');
  // Somebody works on it: it is asked to leave, and runs again afterwards.
  await machines.boot('student-01');
  expect(await runner.gitlab('apply')).toMatchObject({ exitCode: 0 });
  const said = readConsole(join(lab.consoleLogs, 'student-01.log')).map(({ event }) => event);
  expect(said.slice(0, 3)).toEqual(['boot', 'ready', 'shutdown']);
  expect((await lab.virsh('domstate', 'student-01')).trim()).toBe('running');
  expect(await machines.file('student-01.root.guest-v2.')).toBeTruthy();
  expect(await machines.file('student-01.root.guest-v1.')).toBeTruthy();
});

test('Atlantis: a revert is planned and applied on its branch, then merged', async () => {
  propose('revert', two);
  const { exitCode, stdout } = await runner.atlantis('plan');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('🟢 Safe to apply');
  expect(await runner.atlantis('apply')).toMatchObject({ exitCode: 0 });
  expect((await machines.files()).filter((name) => name.startsWith('student-01.root.guest-v2'))).toEqual([]);
  merge('revert');
});

test('a plan that would lose data turns the check red, says so in the comment, and leaves nothing to apply', async () => {
  const stored = forge.stored.size;
  forge.comments.length = 0;
  propose('drop', { ...two, clones: ['student-01'] });
  expect(await runner.github('plan')).toMatchObject({ exitCode: 3 });
  // Regraft's own provider would leave the files on the host.
  expect(forge.comments[0]!.body).toContain(byProvider({ libvirt: 'RG201', regraft: 'RG204' }));
  expect(await runner.gitlab('plan')).toMatchObject({ exitCode: 3 });
  expect(forge.comments).toHaveLength(1);
  expect(forge.stored.size).toBe(stored);
  expect(await runner.atlantis('plan')).toMatchObject({ exitCode: 3 });
  expect(existsSync(runner.planFile)).toBe(false);

  merge('drop');
  const applied = await runner.github('apply');
  expect(applied.exitCode).toBe(1);
  expect(applied.stderr).toContain('was never planned and found safe');
  git('push', '-q', '-f', 'origin', 'main~1:main');
});

test('what was merged is not what was planned, or the state has moved on: nothing is applied', async () => {
  git('fetch', '-q');
  propose('late', canary);
  expect(await runner.github('plan')).toMatchObject({ exitCode: 0 });
  const name = `regraft-${git('rev-parse', 'HEAD^{tree}').trim()}`;
  const before = await machines.factsOf('student-01');

  // A commit in between: the review of the other tree is given to it, as if the forge had mixed them up.
  writeFileSync(join(project.folder, 'README.md'), 'other code\n');
  commit('In between');
  forge.stored.set(`regraft-${git('rev-parse', 'HEAD^{tree}').trim()}`, forge.stored.get(name)!);
  const other = await runner.github('apply');
  expect(other.exitCode).toBe(1);
  expect(other.stderr).toContain('the code has changed since; plan again');

  // A review that somebody without the key has made.
  git('checkout', '-q', '--detach', 'HEAD~1');
  const packed = forge.stored.get(name)!;
  const forged = Buffer.from(packed);
  forged[forged.length - 5]! ^= 1;
  forge.stored.set(name, forged);
  const slipped = await runner.github('apply');
  expect(slipped.exitCode).toBe(1);
  expect(slipped.stderr).toContain('is not what pack.sh has made with this REGRAFT_BUNDLE_KEY');

  // Somebody applies by hand in between.
  forge.stored.set(name, packed);
  project.write(canary);
  expect(await project.deploy()).toMatchObject({ exitCode: 0 });
  const stale = await runner.github('apply');
  expect(stale.exitCode).not.toBe(0);
  expect(stale.stderr).toContain('the state of stack lab has moved on since this bundle was made');
  expect(Object.keys(await machines.factsOf('student-01'))).toHaveLength(Object.keys(before).length + 1);
});
