import type { Manifest } from '../../lib/model/manifest';
import type { FleetStatus } from '../../lib/status';
import { ScriptedProject } from '../operations/project';
import type { Stage } from '../review/classroom';
import { stackOf } from '../review/classroom';
import { regraft } from './run';

const { output } = stackOf({} satisfies Stage, '0.8') as { output: { regraft: { value: Manifest } } };
const classroom = output.regraft.value;

/** A stack with the classroom on one host, and a second host; where they are is for the test to say. */
function projectAt(lab: string, annex: string): ScriptedProject {
  const manifest: Manifest = {
    ...classroom,
    hosts: {
      lab: { ...classroom.hosts['lab']!, uri: lab },
      annex: { provider: '0.8', storage: 'default-pool', path: '/default-pool', uri: annex },
    },
  };
  const state = JSON.stringify({
    version: 4,
    serial: 1,
    lineage: 'x',
    outputs: { regraft: { value: manifest } },
    resources: [],
  });
  return new ScriptedProject(['lab'], { state });
}

let project: ScriptedProject;
afterEach(() => project.remove());

async function status(...args: string[]) {
  // What is read is what was synthesized last, by whatever means.
  await regraft(['plan'], { folder: project.folder, env: project.env });
  return regraft(['status', ...args], { folder: project.folder, env: project.env });
}

test('of two hosts the one that answers is shown, of the other the report says why not, and that is no error', async () => {
  project = projectAt('test:///no/such/file.xml', 'test:///default');
  const { exitCode, stdout } = await status('--json');
  const { hosts, pools } = (JSON.parse(stdout) as FleetStatus).stacks[0]!;
  expect(exitCode).toBe(0);
  expect(hosts.map(({ host, obstacle }) => [host, obstacle])).toEqual([
    ['lab', expect.stringMatching(/^libvirt on host lab is not reachable/)],
    ['annex', undefined],
  ]);
  expect(pools[0]!.clones.map(({ power }) => power)).toEqual(['unknown', 'unknown']);
});

test('when no host can be asked the report is there all the same, and it is an error', async () => {
  project = projectAt('qemu+tcp://me:hidden@lab/system', 'test:///no/such/file.xml');
  const { exitCode, stdout, stderr } = await status();
  expect(exitCode).toBe(1);
  expect(stdout).toContain('Pool students on lab: base debian-12, 2 clones');
  expect(stderr).toMatch(/^regraft: no host could be asked: host lab is not asked: there is a password/m);
  expect(stdout + stderr).not.toContain('hidden');
});

test('a stack that is not there is named', async () => {
  project = projectAt('test:///default', 'test:///default');
  const { exitCode, stdout, stderr } = await status('lap');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('there is no stack "lap": did you mean "lab"?');
});

test('it changes nothing: Terraform is asked for the state and for nothing else', async () => {
  project = projectAt('test:///default', 'test:///default');
  await status();
  const before = project.calls().length;
  await regraft(['status'], { folder: project.folder, env: project.env });
  expect(project.calls().slice(before)).toEqual(['lab: state pull']);
});
