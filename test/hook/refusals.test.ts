import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definition, HookHost, run, shells, temporary, volumes } from './hook-run';

const SCRATCH = 'student-01.scratch.debian-12.20261122022407.qcow2';
const MIB = String(2 ** 20);
const QUIET = { status: 0, stdout: '', stderr: '' };

describe.each(shells())('the hook in $name', (shell) => {
  let host: HookHost;

  beforeEach(() => (host = new HookHost(shell)));
  afterEach(() => host.remove());

  /** Runs the hook at a start, and expects that it left every file as it was and let the machine start. */
  function expectUntouched(
    metadata: string,
    disk: { file: string } | { volume: string },
    name?: string,
  ): string {
    const before = host.files();
    expect(host.run('prepare begin', definition(metadata, { vdb: disk }), name ? { name } : {})).toEqual(
      QUIET,
    );
    expect(host.files()).toEqual(before);
    return host.said();
  }

  it.each([
    'student-02.scratch.debian-12.20261122022407.qcow2',
    'student-01.home.data.qcow2',
    'debian-12.scratch.base.qcow2',
    'student-01.scratch.debian-12.2026112202240.qcow2',
    'student-01.scratch.debian-12.20261122022407.raw',
    'student-01.scratch.20261122022407.qcow2',
    'student-01.a.b.c.20261122022407.qcow2',
    'disk.img',
  ])('never touches %s, whatever the metadata names as temporary', (name) => {
    const path = host.volume(name);
    expect(expectUntouched(volumes(temporary({ path, size: MIB })), { file: path })).toBe(
      `student-01: vdb is not reset: ${path} is not named as an overlay of this machine\n`,
    );
  });

  it('never touches what is not named by its whole path', () => {
    const path = host.volume(SCRATCH);
    for (const given of [SCRATCH, `./${SCRATCH}`, '', '/']) {
      expect(expectUntouched(volumes(temporary({ path: given, size: MIB })), { file: path })).toContain(
        'is not',
      );
    }
  });

  it('never touches a volume that is not the disk of the machine at that target', () => {
    const path = host.volume(SCRATCH);
    const metadata = volumes(temporary({ path, size: MIB }));
    for (const disk of [{ file: '/somewhere/else.qcow2' }, { volume: 'other.qcow2' }, { file: `${path}2` }]) {
      expect(expectUntouched(metadata, disk)).toContain('is not what the machine has there');
    }
    expect(expectUntouched(volumes(temporary({ target: 'vdc', path, size: MIB })), { file: path })).toContain(
      'is not what the machine has there',
    );
  });

  it('never touches a volume of a machine with another name', () => {
    const path = host.volume(SCRATCH);
    const metadata = volumes(temporary({ path, size: MIB }));
    expect(expectUntouched(metadata, { file: path }, 'student-02')).toContain('is not named as an overlay');
    for (const name of ['student-0', '-', '../student-01', '.', 'a b', '$(id)']) {
      expect(expectUntouched(metadata, { file: path }, name)).not.toContain('is reset');
    }
  });

  it('follows no symbolic link, and touches nothing but regular files', () => {
    const other = host.volume('student-01.home.data.qcow2');
    const path = join(host.pool, SCRATCH);
    const metadata = volumes(temporary({ path, size: MIB }));
    symlinkSync(other, path);
    expect(expectUntouched(metadata, { file: path })).toContain('is a symbolic link');
    rmSync(path);
    symlinkSync('/nowhere', path);
    host.run('prepare begin', definition(metadata, { vdb: { file: path } }));
    expect(host.said()).toContain('is a symbolic link');
    rmSync(path);
    mkdirSync(path);
    host.run('prepare begin', definition(metadata, { vdb: { file: path } }));
    expect(host.said()).toContain('is not a regular file');
    expect(readdirSync(host.pool).sort()).toEqual(['student-01.home.data.qcow2', SCRATCH]);
  });

  it('touches no overlay whose backing file is missing, or that the metadata describes wrongly', () => {
    const path = host.volume(SCRATCH);
    const backing = host.volume('debian-12.scratch.base.qcow2');
    for (const [named, words] of [
      [{ backing: join(host.pool, 'gone.qcow2'), format: 'qcow2' }, 'which is not there'],
      [{ backing: host.pool, format: 'qcow2' }, 'which is not there'],
      [{ backing: 'debian-12.scratch.base.qcow2', format: 'qcow2' }, 'which is not an absolute path'],
      [{ backing, format: 'vmdk' }, 'a file of unknown format: vmdk'],
      [{ backing }, 'a file of unknown format'],
      [{ size: '1G' }, 'no number of bytes: 1G'],
      [{ size: '-o x' }, 'no number of bytes: -o x'],
      [{}, 'neither a size nor a backing file'],
    ] as const) {
      expect(expectUntouched(volumes(temporary({ path, ...named })), { file: path })).toContain(words);
    }
  });

  it('touches no volume with internal snapshots', () => {
    const path = host.volume(SCRATCH);
    run('qemu-img', ['snapshot', '-c', 'before', path]);
    expect(expectUntouched(volumes(temporary({ path, size: MIB })), { file: path })).toContain(
      'holds snapshots',
    );
  });

  it('touches no volume that another program has open', async () => {
    const path = host.volume(SCRATCH);
    const holder = spawn('qemu-io', ['-f', 'qcow2', path], { stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      holder.stdin.write('length\n');
      await once(holder.stdout, 'data');
      expect(expectUntouched(volumes(temporary({ path, size: MIB })), { file: path })).toContain('is in use');
    } finally {
      holder.stdin.end('quit\n');
      await once(holder, 'exit');
    }
  });

  it('takes nothing but its own metadata for its own', () => {
    const path = host.volume(SCRATCH);
    const element = temporary({ path, size: MIB });
    const own = volumes(element);
    for (const metadata of [
      element,
      `<!-- ${own} -->`,
      `<other><![CDATA[${own}]]></other>`,
      `<other>${own}</other>`,
      own.replace('volumes/1', 'volumes/2'),
      `<app:volumes xmlns:app="https://regraft.dev/xmlns/volumes/1">${element}</app:volumes>`,
      `<other note='${own.replaceAll('<', '&lt;').replaceAll("'", '&apos;')}'/>`,
    ]) {
      expect(expectUntouched(metadata, { file: path })).not.toContain('is reset');
    }
  });

  it('lets a machine start whose metadata is broken', () => {
    const path = host.volume(SCRATCH);
    const own = volumes(temporary({ path, size: MIB }));
    const whole = definition(own, { vdb: { file: path } });
    const before = host.files();
    const strange = whole.replace(SCRATCH, `&#10;rm ${SCRATCH}`);
    for (const text of [
      '',
      '<',
      own,
      whole.slice(0, whole.indexOf('<devices')),
      strange,
      whole.replace(/"/g, ''),
    ]) {
      expect(host.run('prepare begin', text)).toEqual(QUIET);
    }
    for (let end = 0; end < whole.indexOf("<target dev='vdb'"); end += 97) {
      expect(host.run('prepare begin', whole.slice(0, end))).toEqual(QUIET);
    }
    expect(host.files()).toEqual(before);
  });

  it('lets a machine start, with the volume that it has, when there is no room for a new one', () => {
    const path = host.volume(SCRATCH);
    const text = definition(volumes(temporary({ path, size: MIB })), { vdb: { file: path } });
    const before = host.files();
    // No file of more than 4 KiB can be written; a qcow2 header and its tables are larger.
    expect(host.run('prepare begin', text, { prefix: ['prlimit', '--fsize=4096'] })).toEqual(QUIET);
    expect(host.said()).toContain(`vdb is not reset: ${path} could not be made anew:`);
    expect(host.files()).toEqual(before);
  });

  it('lets a machine start when qemu-img fails or hangs, and when neither lock nor log can be written', () => {
    const path = host.volume(SCRATCH);
    const text = definition(volumes(temporary({ path, size: MIB })), { vdb: { file: path } });
    const before = host.files();
    host.program('qemu-img', 'echo out of luck >&2; exit 1');
    expect(host.run('prepare begin', text)).toEqual(QUIET);
    expect(host.said()).toContain('could not be made anew: out of luck');
    host.program('qemu-img', 'exit 124');
    expect(host.run('prepare begin', text)).toEqual(QUIET);
    expect(host.said()).toContain('cannot be looked at within 60 s');
    rmSync(join(host.root, 'bin/qemu-img'));
    renameSync(join(host.root, 'run'), join(host.root, 'elsewhere'));
    writeFileSync(join(host.root, 'run'), '');
    expect(host.run('prepare begin', text)).toEqual(QUIET);
    expect(host.run('restore begin', text)).toEqual(QUIET);
    expect(host.said()).toContain(`cannot write to ${join(host.root, 'run')}`);
    chmodSync(join(host.root, 'bin/logger'), 0o644);
    expect(host.run('prepare begin', text)).toEqual(QUIET);
    expect(host.files()).toEqual(before);
  });

  it('waits while another hook works on the same machine, and not for other machines', async () => {
    const path = host.volume(SCRATCH);
    const text = definition(volumes(temporary({ path, size: MIB })), { vdb: { file: path } });
    mkdirSync(join(host.root, 'run'));
    const lock = join(host.root, 'run/student-01.lock');
    const other = spawn('flock', [lock, 'sh', '-c', 'echo locked; sleep 2'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(other.stdout, 'data');
    const start = performance.now();
    host.run('prepare begin', text, { name: 'student-02' });
    expect(performance.now() - start).toBeLessThan(1500);
    host.run('prepare begin', text);
    expect(performance.now() - start).toBeGreaterThan(1500);
    expect(host.isFresh(path)).toBe(true);
    if (other.exitCode === null) await once(other, 'exit');
  });

  it('makes the other volumes anew when one is refused', () => {
    const [first, second] = [host.volume(SCRATCH.replace('scratch', 'cache')), host.volume(SCRATCH)];
    const metadata = volumes(
      temporary({ path: first }),
      temporary({ target: 'vdc', path: second, size: MIB }),
    );
    host.run('prepare begin', definition(metadata, { vdb: { file: first }, vdc: { file: second } }));
    expect([host.isFresh(first), host.isFresh(second)]).toEqual([false, true]);
  });
});
