import { join } from 'node:path';
import { guestImage } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { Project } from '../../lab/project';

let labs: { east: Lab; west: Lab };
let project: Project;

beforeAll(async () => {
  labs = { east: await Lab.start({ name: 'east' }), west: await Lab.start({ name: 'west' }) };
  project = new Project(labs.east, 'test/e2e/two-hosts/main.ts');
});

afterAll(async () => {
  project?.remove();
  await Promise.all([labs?.east.stop(), labs?.west.stop()]);
});

function hosts(names: readonly ('east' | 'west')[]): object {
  const entries = names.map((name) => [
    name,
    { uri: labs[name].uri, storage: join(labs[name].pools, 'pool') },
  ]);
  return { image: guestImage('v1'), hosts: Object.fromEntries(entries) };
}

async function machinesOf(lab: Lab): Promise<string[]> {
  return (await lab.virsh('list', '--all', '--name')).split('\n').filter((name) => name !== '');
}

test('one stack holds two hosts, each with a base and a clone of the same names', async () => {
  project.write(hosts(['east', 'west']));
  const { exitCode, text } = await project.deploy();
  expect({ exitCode, text: exitCode === 0 ? '' : text }).toEqual({ exitCode: 0, text: '' });
  expect(await machinesOf(labs.east)).toEqual(['student-01']);
  expect(await machinesOf(labs.west)).toEqual(['student-01']);
  expect(await labs.west.virsh('vol-list', 'pool')).toContain('student-01.home.data.qcow2');
});

test('a host that leaves the code is refused by plain Terraform, and nothing on either host is lost', async () => {
  const before = await labs.west.virsh('vol-list', 'pool');
  project.write(hosts(['east']));
  const { exitCode, text } = await project.diff();
  expect(exitCode).not.toBe(0);
  expect(text).toContain('Provider configuration not present');
  expect(await labs.west.virsh('vol-list', 'pool')).toBe(before);
});

test('renaming a host in the code is refused as well: its volumes are not made anew under the new name', async () => {
  const east = { uri: labs.east.uri, storage: join(labs.east.pools, 'pool') };
  project.write({ image: guestImage('v1'), hosts: { renamed: east } });
  const { exitCode, text } = await project.deploy();
  expect(exitCode).not.toBe(0);
  expect(text).toContain('Provider configuration not present');
  expect(await machinesOf(labs.east)).toEqual(['student-01']);
});
