import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestImage, readConsole, waitForEvent } from '../../../lab/guest';
import { Lab } from '../../../lab/lab';
import { Machines, volumeOf } from '../../../lab/machines';
import type { Code, Written } from './as-terraform';
import { AsTerraform, Refused } from './as-terraform';

/**
 * The resources of the provider on a real libvirt, with guests that boot: the life of a base and its clones, and what
 * goes wrong on the way. The tests are the chapters of one story and run in order.
 */
let lab: Lab;
let guests: Machines;
let terraform: AsTerraform;
let provider: Written;
let time = 0;

beforeAll(async () => {
  lab = await Lab.start({ name: 'provider' });
  guests = new Machines(lab);
  provider = { uri: lab.uri, storage: { name: 'pool', path: join(lab.pools, 'pool') }, shutdown_timeout: 60 };
  terraform = new AsTerraform(() => ({
    ...provider,
    plan_time: `2026-11-24T14:00:${String(time++ % 60).padStart(2, '0')}Z`,
  }));
});

afterAll(async () => {
  await lab?.stop();
});

const MiB = 2 ** 20;
const GONE = { deletion_protection: false };

function base(version: 'v1' | 'v2', others: Written = {}): Written {
  return {
    name: `guest-${version}`,
    volumes: {
      root: { type: 'system', image: guestImage(version), sha256: sha256(guestImage(version)) },
      scratch: { type: 'temporary', size: 16 * MiB },
      home: { type: 'data', size: 24 * MiB },
    },
    ...others,
  };
}

function clone(name: string, version: 'v1' | 'v2', others: Written = {}): Written {
  return {
    name,
    base: `guest-${version}`,
    volumes: { root: { type: 'system' }, scratch: { type: 'temporary' }, home: { type: 'data' } },
    domain_xml: `<domain type='qemu'><memory unit='MiB'>128</memory><vcpu>1</vcpu>
      <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
      <devices><serial type='pty'><log file='${join(lab.consoleLogs, name)}.log' append='on'/></serial>
      <console type='pty'/></devices></domain>`,
    ...others,
  };
}

function bases(...versions: ('v1' | 'v2')[]): Code {
  return Object.fromEntries(versions.map((version) => [`regraft_base.${version}`, base(version)]));
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

async function refusal(act: Promise<unknown>): Promise<Refused> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Refused) return error;
  throw error ?? new Error('it was not refused');
}

function pathOf(name: string, volume: string): string {
  return terraform.clone(name).volumes[volume]!.path!;
}

async function state(name: string): Promise<string> {
  return (await lab.virsh('domstate', name)).trim();
}

/** What each file is, so that one that was written to or made anew tells. */
async function facts(...names: string[]) {
  return guests.factsOf(...names);
}

test('mistakes are told at their attribute, before anything is made', async () => {
  const good = provider;
  provider = { ...good, uri: 'qemu:///system?socket=/nowhere' };
  expect((await refusal(terraform.plan({}))).attributes).toEqual(['uri']);
  provider = { ...good, uri: 'localhost' };
  expect((await refusal(terraform.plan({}))).message).toContain('expected a libvirt URI');
  provider = { ...good, on_busy: 'wait', shutdown_timeout: 0 };
  expect((await refusal(terraform.plan({}))).attributes).toEqual(['on_busy', 'shutdown_timeout']);
  provider = good;
  const noImage = join(lab.directory, 'text.qcow2');
  writeFileSync(noImage, 'no image at all');
  const wrong = { ...base('v1'), volumes: { root: { type: 'system', image: noImage } } };
  const told = await refusal(terraform.plan({ 'regraft_base.v1': wrong }));
  expect(told.attributes).toEqual(['volumes.root.image']);
  expect(told.message).toContain('is not qcow2');
  const volumes = { root: { type: 'system', image: guestImage('v1'), sha256: '0'.repeat(64) } };
  expect(
    (await refusal(terraform.plan({ 'regraft_base.v1': { ...base('v1'), volumes } }))).attributes,
  ).toEqual(['volumes.root.sha256']);
  expect(await lab.virsh('pool-list', '--all', '--name')).toBe('');
});

test('a base and clones are made, read-only and off, and the next plan changes nothing', async () => {
  const code = {
    ...bases('v1'),
    'regraft_clone.a': clone('a', 'v1'),
    'regraft_clone.b': clone('b', 'v1', {
      cloud_init: { user_data: '#cloud-config\n', meta_data: 'instance-id: b\n' },
    }),
  };
  const { changed } = await terraform.apply(code);
  expect(Object.values(changed)).toEqual(['create', 'create', 'create']);
  const image = join(guests.storage, 'guest-v1.root.base.qcow2');
  expect([sha256(image), statSync(image).mode & 0o777]).toEqual([sha256(guestImage('v1')), 0o444]);
  expect(await state('a')).toBe('shut off');
  expect((await guests.files()).filter((name) => name.endsWith('half-made'))).toEqual([]);
  const medium = terraform.state.get('regraft_clone.b')!['cloud_init'] as { path: string };
  expect(execFileSync('isoinfo', ['-d', '-i', medium.path], { encoding: 'utf8' })).toContain('cidata');
  expect((await terraform.plan(code)).changed).toEqual({});
  expect((await lab.virsh('pool-list', '--autostart', '--name')).trim()).toBe('pool');
});

test('two clones of one name are refused', async () => {
  const code = { ...bases('v1'), 'regraft_clone.x': clone('x', 'v1'), 'regraft_clone.y': clone('x', 'v1') };
  expect((await refusal(terraform.plan({ ...(await current()), ...code }))).attributes).toEqual(['name']);
});

/** What the code says now, so that a chapter adds to it. */
let said: Code = {};
async function current(): Promise<Code> {
  return said;
}

test('a rebase asks a machine that runs to shut down and starts it again; one that is off stays off, its data the same', async () => {
  await guests.boot('a');
  await guests.note('a', 'home', 'before');
  const data = await guests.digest('b.home.data.qcow2');
  const [uuid, boots] = [
    terraform.clone('a').uuid,
    readConsole(join(lab.consoleLogs, 'a.log')).filter(isBoot).length,
  ];
  said = {
    ...bases('v1', 'v2'),
    'regraft_clone.a': clone('a', 'v2', { retain: 'guest-v1' }),
    'regraft_clone.b': clone('b', 'v2', { retain: 'guest-v1', cloud_init: medium }),
  };
  const { warnings } = await terraform.apply(said);
  expect(warnings.join('\n')).toContain('a');
  const boot = await waitForEvent(join(lab.consoleLogs, 'a.log'), 'boot', { skip: boots });
  expect(boot.os).toBe('v2');
  expect(boot.machine.toLowerCase()).toBe(uuid);
  expect(volumeOf(boot, 'home')).toMatchObject({ fresh: false, notes: ['before'] });
  expect(volumeOf(boot, 'scratch').fresh).toBe(true);
  expect(await state('b')).toBe('shut off');
  expect(await guests.digest('b.home.data.qcow2')).toBe(data);
  expect(terraform.clone('a').retained['root']).toContain('a.root.guest-v1.');
  expect(existsSync(terraform.clone('a').retained['root']!)).toBe(true);
  expect((await terraform.plan(said)).changed).toEqual({});
});

const medium = { user_data: '#cloud-config\n', meta_data: 'instance-id: b\n' };

function isBoot({ event }: { event: string }): boolean {
  return event === 'boot';
}

test('a revert goes back to the overlay that was kept, and a promote gives it up', async () => {
  const kept = terraform.clone('a').retained['root']!;
  await guests.shutDown('a');
  const data = await guests.dataDigests();
  said = {
    ...bases('v1', 'v2'),
    'regraft_clone.a': clone('a', 'v1'),
    'regraft_clone.b': clone('b', 'v2', { cloud_init: medium }),
  };
  const gone = terraform.clone('b').retained['root']!;
  const running = await facts('b');
  await terraform.apply(said);
  expect(pathOf('a', 'root')).toBe(kept);
  expect(existsSync(gone)).toBe(false);
  const { [gone.split('/').at(-1)!]: _, ...others } = running;
  expect(await facts('b')).toEqual(others);
  expect(await guests.dataDigests()).toEqual(data);
  expect((await guests.files()).filter((name) => name.startsWith('a.root.'))).toHaveLength(1);
});

test('a restore makes system and temporary volumes anew and nothing else', async () => {
  const [root, data] = [pathOf('a', 'root'), await guests.dataDigests()];
  said = { ...said, 'regraft_clone.a': clone('a', 'v1', { restore: 'once' }) };
  expect((await terraform.apply(said)).changed).toEqual({ 'regraft_clone.a': 'update' });
  expect(pathOf('a', 'root')).not.toBe(root);
  expect(existsSync(root)).toBe(false);
  expect(await guests.dataDigests()).toEqual(data);
  expect((await terraform.plan(said)).changed).toEqual({});
});

test('what was changed by hand is told and undone, and a disk that was attached stays', async () => {
  const extra = join(lab.directory, 'extra.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', extra, '1M']);
  await lab.virsh(...['attach-disk', 'a', extra, 'vdz', '--subdriver', 'qcow2', '--config']);
  await lab.virsh('setmaxmem', 'a', '256M', '--config');
  await lab.virsh('autostart', 'a');
  const planned = await terraform.plan(said);
  expect(planned.changed).toEqual({ 'regraft_clone.a': 'update' });
  expect(terraform.clone('a').drift.join()).toMatch(/memory/);
  await terraform.apply(said);
  expect(await guests.xml('a')).toContain("<memory unit='KiB'>131072</memory>");
  expect(await lab.virsh('list', '--all', '--autostart', '--name')).not.toMatch(/^a$/m);
  expect((await guests.disks('a'))['vdz']).toBe(extra);
  await lab.virsh('detach-disk', 'a', 'vdz', '--config');
  expect((await terraform.plan(said)).changed).toEqual({});
});

test('a base is not deleted while a clone stands on it, and not at all while it is protected', async () => {
  const { 'regraft_base.v1': _, ...without } = said;
  expect((await refusal(terraform.apply(without))).message).toContain('protected from deletion');
  said = { ...said, 'regraft_base.v1': base('v1', GONE) };
  expect((await terraform.apply(said)).changed).toEqual({ 'regraft_base.v1': 'update' });
  const { 'regraft_base.v1': __, ...again } = said;
  // The clone's resource does not know: it is asked of libvirt, after the plan.
  const clones = { 'regraft_clone.a': said['regraft_clone.a']!, 'regraft_clone.b': said['regraft_clone.b']! };
  const told = await refusal(terraform.apply({ 'regraft_base.v2': again['regraft_base.v2']!, ...clones }));
  expect(told.message).toMatch(/base "guest-v1" is not known|something stands on it/);
  expect(existsSync(join(guests.storage, 'guest-v1.root.base.qcow2'))).toBe(true);
  expect(await terraform.data('regraft_dependents', { base: 'guest-v1' })).toMatchObject({
    machines: ['a'],
    volumes: [pathOf('a', 'root')],
  });
  expect(await terraform.data('regraft_clones', { base: 'guest-v2' })).toMatchObject({
    clones: { b: { base: 'guest-v2', running: false } },
  });
});

test('a retired clone keeps its data alone, and is brought back with it', async () => {
  const data = await guests.dataDigests();
  await terraform.apply({ ...said, 'regraft_clone.a': clone('a', 'v1', { retired: true }) });
  await expect(lab.virsh('domstate', 'a')).rejects.toThrow();
  expect((await guests.files()).filter((name) => name.startsWith('a.'))).toEqual(['a.home.data.qcow2']);
  said = { ...said, 'regraft_clone.a': clone('a', 'v1') };
  await terraform.apply(said);
  expect(await state('a')).toBe('shut off');
  expect(await guests.dataDigests()).toEqual(data);
});

test('a clone that was made by a run that broke off is taken over: whole as it is, half-made to its end', async () => {
  const [before, data] = [await facts('a'), await guests.dataDigests()];
  terraform.state.delete('regraft_clone.a');
  expect((await terraform.apply(said)).warnings.join('\n')).toContain('it becomes this clone');
  expect(await facts('a')).toEqual(before);
  terraform.state.delete('regraft_clone.a');
  await lab.virsh('undefine', 'a');
  const { warnings } = await terraform.apply(said);
  expect(warnings.join('\n')).toContain('found again');
  expect((await guests.files()).filter((name) => name.startsWith('a.root.'))).toEqual([
    pathOf('a', 'root').split('/').at(-1),
  ]);
  expect(await guests.dataDigests()).toEqual(data);
});

test('an imported base and clone are what they were: the plan after it changes nothing on the host', async () => {
  const before = await facts('a', 'guest-v1');
  const xml = await guests.xml('a');
  terraform.state.delete('regraft_clone.a');
  terraform.state.delete('regraft_base.v1');
  await terraform.import('regraft_base.v1', 'guest-v1');
  await terraform.import('regraft_clone.a', 'a');
  expect((await refusal(terraform.import('regraft_clone.z', 'z'))).message).toContain('no machine "z"');
  await terraform.apply(said);
  expect(await facts('a', 'guest-v1')).toEqual(before);
  expect(await guests.xml('a')).toBe(xml);
  expect((await terraform.plan(said)).changed).toEqual({});
});

test('a machine that cannot be defined or started as planned is back to what it was, and runs', async () => {
  await lab.virsh('start', 'a');
  const [xml, before] = [await guests.xml('a'), await guests.files()];
  // There is no such folder, so QEMU does not start; the guest need not be up: it is cut off after its time.
  const domain = (path: string): string =>
    String(clone('a', 'v1')['domain_xml']).replace('</devices>', `${path}</devices>`);
  const broken = `<parallel type='file'><source path='/nowhere/at/all'/><target port='0'/></parallel>`;
  const restored = { restore: 'twice', domain_xml: domain(broken) };
  provider = { ...provider, shutdown_timeout: 1, on_busy: 'force' };
  const told = await refusal(terraform.apply({ ...said, 'regraft_clone.a': clone('a', 'v1', restored) }));
  expect(told.message).toContain('is back to what it was');
  expect(await state('a')).toBe('running');
  expect(await guests.xml('a')).toBe(xml);
  expect(await guests.files()).toEqual(before);
  const wrong = { restore: 'twice', domain_xml: domain('').replace('q35', 'no-such-machine') };
  await refusal(terraform.apply({ ...said, 'regraft_clone.a': clone('a', 'v1', wrong) }));
  expect(await state('a')).toBe('running');
  expect(await guests.files()).toEqual(before);
  await lab.virsh('destroy', 'a');
});

test('a machine that an apply shut down before it was killed is started by the next one; a note that is too much goes', async () => {
  const note = ['metadata', 'a', 'https://regraft.dev/xmlns/ran/1', '--config'];
  await lab.virsh(...note, '--key', 'ran', '--set', '<ran/>');
  const { changed, warnings } = await terraform.plan(said);
  expect(changed).toEqual({ 'regraft_clone.a': 'update' });
  expect(warnings.join('\n')).toContain('ran before an apply that broke off: it is started again');
  await terraform.apply(said);
  expect(await state('a')).toBe('running');
  expect(await lab.virsh('dumpxml', 'a')).not.toContain('xmlns/ran');
  expect((await terraform.plan(said)).changed).toEqual({});
  const run = await lab.virsh('domid', 'a');
  await lab.virsh(...note, '--key', 'ran', '--set', '<ran/>');
  expect((await terraform.apply(said)).changed).toEqual({ 'regraft_clone.a': 'update' });
  expect(await lab.virsh('domid', 'a')).toBe(run);
  expect(await guests.xml('a')).not.toContain('xmlns/ran');
  await lab.virsh('destroy', 'a');
});

test('an interruption while volumes are made leaves a machine that is off as it is', async () => {
  const seed = join(lab.directory, 'large.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', seed, '64M']);
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 64M', seed]);
  const [xml, before] = [await guests.xml('a'), await guests.files()];
  const volumes = { ...(clone('a', 'v1')['volumes'] as object), extra: { type: 'data', seed } };
  const code = { ...said, 'regraft_clone.a': clone('a', 'v1', { restore: 'interrupted', volumes }) };
  const upload = join(guests.storage, 'a.extra.data.qcow2.half-made');
  const watch = setInterval(() => existsSync(upload) && terraform.interrupt.abort(), 2);
  expect((await refusal(terraform.apply(code))).message).toContain('Terraform was interrupted');
  clearInterval(watch);
  terraform.interrupt = new AbortController();
  expect(await state('a')).toBe('shut off');
  expect(await guests.xml('a')).toBe(xml);
  await lab.virsh('vol-delete', 'a.extra.data.qcow2', '--pool', 'pool');
  expect(await guests.files()).toEqual(before);
});

test('a create that fails leaves a state that purges nothing, whatever is asked for', async () => {
  const data = 'p.home.data.qcow2';
  await terraform.apply({ ...said, 'regraft_clone.p': clone('p', 'v1') });
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 64k', join(guests.storage, data)]);
  await terraform.apply(said);
  const digest = await guests.digest(data);
  const wanted = clone('p', 'v1', { data_on_destroy: 'purge' });
  const wrong = { ...wanted, domain_xml: String(wanted['domain_xml']).replace('q35', 'no-such-machine') };
  await refusal(terraform.apply({ ...said, 'regraft_clone.p': wrong }));
  // Terraform destroys what it takes for tainted before it makes it anew.
  expect(terraform.state.get('regraft_clone.p')).toMatchObject({ data_on_destroy: 'keep' });
  await terraform.apply(said);
  expect((await guests.files()).filter((name) => name.startsWith('p.'))).toEqual([data]);
  expect(await guests.digest(data)).toBe(digest);
  await terraform.apply({ ...said, 'regraft_clone.p': wanted });
  expect(await guests.digest(data)).toBe(digest);
  await terraform.apply(said);
  expect((await guests.files()).filter((name) => name.startsWith('p.'))).toEqual([]);
});

test('a machine that does not shut down stays as it is, and under abort no further one is asked', async () => {
  const blank = join(lab.directory, 'blank.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', blank, '1M']);
  const names = ['deaf-1', 'deaf-2'];
  const deaf = (restore: string): Code => ({
    ...said,
    'regraft_base.blank': { name: 'blank', volumes: { root: { type: 'system', image: blank } }, ...GONE },
    ...Object.fromEntries(
      names.map((name) => [
        `regraft_clone.${name}`,
        clone(name, 'v1', { base: 'blank', volumes: { root: { type: 'system' } }, restore }),
      ]),
    ),
  });
  await terraform.apply(deaf('no'));
  await lab.virsh('start', 'deaf-1');
  await lab.virsh('start', 'deaf-2');
  const before = await facts(...names);
  terraform.parallelism = 1;
  for (const [policy, words] of [
    ['abort', 'asks no further one'],
    ['skip', 'is running after 2 s'],
  ]) {
    provider = { ...provider, shutdown_timeout: 2, on_busy: policy };
    expect((await refusal(terraform.apply(deaf('now')))).message).toContain(words);
    expect([await state('deaf-1'), await state('deaf-2')]).toEqual(['running', 'running']);
    expect(await facts(...names)).toEqual(before);
  }
  terraform.parallelism = 10;
  provider = { ...provider, on_busy: 'force' };
  await terraform.apply(deaf('now'));
  expect([await state('deaf-1'), await state('deaf-2')]).toEqual(['running', 'running']);
  await terraform.apply({ ...said, 'regraft_base.blank': deaf('now')['regraft_base.blank']! });
  await terraform.apply(said);
  expect((await guests.files()).filter((name) => /^(deaf|blank)/.test(name))).toEqual([]);
});

test('a data volume with a seed is a full copy of it as large as it is said; half of one is made anew', async () => {
  const seed = join(lab.directory, 'seed.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', seed, '4M']);
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 1M', seed]);
  const volumes = { ...(clone('c', 'v1')['volumes'] as Written) };
  const seeded = { type: 'data', seed, seed_sha256: sha256(seed) };
  const code = {
    ...said,
    'regraft_clone.c': clone('c', 'v1', {
      volumes: { ...volumes, notes: { ...seeded, size: 8 * MiB }, same: seeded },
      data_on_destroy: 'purge',
    }),
  };
  // What a run that was killed in the midst of the copy leaves.
  writeFileSync(join(guests.storage, 'c.same.data.qcow2'), 'half');
  writeFileSync(join(guests.storage, 'c.same.data.qcow2.half-made'), '');
  await terraform.apply(code);
  expect(sha256(pathOf('c', 'same'))).toBe(sha256(seed));
  expect(terraform.clone('c').volumes['same']!.size).toBe(4 * MiB);
  const larger = pathOf('c', 'notes');
  const info = JSON.parse(execFileSync('qemu-img', ['info', '--output=json', larger], { encoding: 'utf8' }));
  expect(info).toMatchObject({ format: 'qcow2', 'virtual-size': 8 * MiB });
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'read -P 7 0 1M', larger]);
  expect((await terraform.plan(code)).changed).toEqual({});
  await terraform.apply(said);
  expect((await guests.files()).filter((name) => name.startsWith('c.'))).toEqual([]);
});

test('a base is immutable', async () => {
  const volumes = {
    ...(base('v1')['volumes'] as Written),
    root: { type: 'system', image: guestImage('v2') },
  };
  const told = await refusal(terraform.plan({ ...said, 'regraft_base.v1': { ...base('v1'), volumes } }));
  expect(told.message).toContain('declare another base');
});

test('a destroyed clone leaves its data, which a new one finds again; a purge deletes it', async () => {
  const digest = await guests.digest('a.home.data.qcow2');
  const { 'regraft_clone.a': _, ...without } = said;
  const { warnings } = await terraform.apply(without);
  expect(warnings.join('\n')).toContain('a.home.data.qcow2');
  expect((await guests.files()).filter((name) => name.startsWith('a.'))).toEqual(['a.home.data.qcow2']);
  said = { ...said, 'regraft_clone.a': clone('a', 'v1', { data_on_destroy: 'purge' }) };
  expect((await terraform.apply(said)).warnings.join('\n')).toContain('found again');
  expect(await guests.digest('a.home.data.qcow2')).toBe(digest);
  expect((await terraform.apply(without)).warnings.join('\n')).toContain('is destroyed with its data');
  expect((await guests.files()).filter((name) => name.startsWith('a.'))).toEqual([]);
});

test('a data volume that is gone is an error, never an empty one in its place', async () => {
  const file = join(guests.storage, 'b.home.data.qcow2');
  execFileSync('mv', [file, `${file}.away`]);
  expect((await refusal(terraform.apply(said))).message).toContain('not on the host any more');
  execFileSync('mv', [`${file}.away`, file]);
});

test('with the last clone gone the bases go', async () => {
  said = { 'regraft_base.v1': base('v1', GONE), 'regraft_base.v2': base('v2', GONE) };
  await terraform.apply(said);
  await terraform.apply({});
  expect(await guests.files()).toEqual(['b.home.data.qcow2']);
});
