import { chmodSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { definition, HookHost, run, shells, temporary, volumes } from './hook-run';

const SCRATCH = 'student-01.scratch.debian-12.20261122022407.qcow2';
const BASE = 'debian-12.scratch.base.qcow2';
const MIB = String(2 ** 20);

describe.each(shells())('the hook in $name', (shell) => {
  let host: HookHost;

  beforeEach(() => (host = new HookHost(shell)));
  afterEach(() => host.remove());

  /** The definition of a machine with one blank temporary volume. */
  function blank(path: string): string {
    return definition(volumes(temporary({ path, size: MIB })), { vda: { file: '/x' }, vdb: { file: path } });
  }

  /** The log that libvirt has written of a machine, up to 10.4 the only place that says why it ended. */
  function log(...reasons: string[]): void {
    const lines = reasons.map(
      (reason) =>
        `2026-11-22 02:24:07.123+0000: starting up libvirt version: 9.0.0\nqemu said something\n2026-11-22 02:24:09.123+0000: shutting down, reason=${reason}\n`,
    );
    writeFileSync(join(host.root, 'logs/student-01.log'), lines.join(''));
  }

  it('makes a blank volume anew at every start, of the same size, owner and mode, and leaves every other file alone', () => {
    const path = host.volume(SCRATCH);
    host.volume('student-01.root.debian-12.20261122022407.qcow2');
    host.volume('student-01.home.data.qcow2');
    chmodSync(path, 0o640);
    const [before, { mode, uid, gid }] = [host.files(), statSync(path)];
    expect(host.isFresh(path)).toBe(false);
    expect(host.run('prepare begin', blank(path))).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(host.said()).toBe(`student-01: vdb is reset: ${path}\n`);
    expect(host.isFresh(path)).toBe(true);
    expect(statSync(path)).toMatchObject({ mode, uid, gid });
    const image = JSON.parse(run('qemu-img', ['info', '--output=json', path])) as object;
    expect(image).toMatchObject({ format: 'qcow2', 'virtual-size': 2 ** 20 });
    expect({ ...host.files(), [SCRATCH]: '' }).toEqual({ ...before, [SCRATCH]: '' });
  });

  it('resets an overlay to what it stands on, whether libvirt names a file or a volume', () => {
    const backing = host.volume(BASE);
    const path = host.volume(SCRATCH, { backing });
    const metadata = volumes(temporary({ path, backing, format: 'qcow2' }));
    for (const source of [{ file: path }, { volume: SCRATCH }]) {
      host.fill(path, '0xcd');
      expect(host.isFresh(path, '0xab')).toBe(false);
      expect(host.run('prepare begin', definition(metadata, { vdb: source })).status).toBe(0);
      expect(host.isFresh(path, '0xab')).toBe(true);
      const image = JSON.parse(run('qemu-img', ['info', '--output=json', path])) as object;
      expect(image).toMatchObject({ 'backing-filename': backing, 'backing-filename-format': 'qcow2' });
    }
  });

  it('makes a volume that was deleted at the next start, and not before', () => {
    const path = join(host.pool, SCRATCH);
    host.run('release end', blank(path), { reason: 'shutdown' });
    expect(host.said()).toContain('is not there');
    expect(Object.keys(host.files())).toEqual([]);
    host.run('prepare begin', blank(path));
    expect(host.isFresh(path)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('makes a volume that a power cut has left unreadable anew', () => {
    const path = join(host.pool, SCRATCH);
    writeFileSync(path, '');
    host.run('prepare begin', blank(path));
    expect(host.isFresh(path)).toBe(true);
  });

  it.each(['shutdown', 'destroyed', 'crashed'])('resets at the end of a machine that is %s', (reason) => {
    const path = host.volume(SCRATCH);
    host.run('release end', blank(path), { reason });
    expect(host.isFresh(path)).toBe(true);
    host.fill(path);
    log('saved', reason);
    host.run('release end', blank(path));
    expect(host.isFresh(path)).toBe(true);
  });

  it.each(['saved', 'migrated', 'failed', 'unknown', 'from snapshot', 'daemon'])(
    'does not reset at the end of a machine that is %s',
    (reason) => {
      const path = host.volume(SCRATCH);
      const before = host.files();
      host.run('release end', blank(path), { reason });
      if (!reason.includes(' ')) {
        log('shutdown', reason);
        host.run('release end', blank(path));
      }
      expect(host.files()).toEqual(before);
      expect(host.said()).toContain(`it ended for the reason '${reason}'`);
    },
  );

  it('does not reset at the end when nothing says why it ended', () => {
    const path = host.volume(SCRATCH);
    host.run('release end', blank(path));
    // Its own words in the log are not libvirt's.
    writeFileSync(join(host.root, 'logs/student-01.log'), 'guest: shutting down, reason=shutdown\n');
    host.run('release end', blank(path));
    expect(host.isFresh(path)).toBe(false);
  });

  it.each(['restore begin', 'migrate begin'])(
    'does not reset at the start that follows %s, and resets at the one after it',
    (event) => {
      const path = host.volume(SCRATCH);
      // What is printed here would become the machine's definition.
      expect(host.run(event, blank(path))).toEqual({ status: 0, stdout: '', stderr: '' });
      host.run('prepare begin', blank(path));
      expect(host.isFresh(path)).toBe(false);
      host.run('prepare begin', blank(path));
      expect(host.isFresh(path)).toBe(true);
    },
  );

  it('forgets a restore that led to no start', () => {
    const path = host.volume(SCRATCH);
    host.run('restore begin', blank(path));
    const earlier = new Date(Date.now() - 61 * 60_000);
    utimesSync(join(host.root, 'run/student-01.resumes'), earlier, earlier);
    host.run('prepare begin', blank(path));
    expect(host.isFresh(path)).toBe(true);
    host.fill(path);
    host.run('restore begin', blank(path));
    host.run('release end', blank(path), { reason: 'failed' });
    host.run('prepare begin', blank(path));
    expect(host.isFresh(path)).toBe(true);
  });

  it('does not reset while the machine has a managed save image', () => {
    const path = host.volume(SCRATCH);
    const image = join(host.root, 'saved/student-01.save');
    writeFileSync(image, '');
    host.run('prepare begin', blank(path));
    expect(host.isFresh(path)).toBe(false);
    rmSync(image);
    host.run('prepare begin', blank(path));
    expect(host.isFresh(path)).toBe(true);
  });

  it('does nothing at any other event, but reads all that libvirt writes', () => {
    const path = host.volume(SCRATCH);
    const before = host.files();
    const long = blank(path) + ' '.repeat(2 ** 20);
    for (const event of ['start begin', 'started begin', 'stopped end', 'reconnect begin', 'attach begin']) {
      expect(host.run(event, long)).toEqual({ status: 0, stdout: '', stderr: '' });
    }
    expect(host.files()).toEqual(before);
  });

  it('finds the path of any folder in what libvirt writes', () => {
    const folder = fc
      .array(fc.constantFrom(...` &<>"';$\\*{}[]()|äß漢😀%=,:-#~`, 'x'), { minLength: 1, maxLength: 12 })
      .map((characters) => `p${characters.join('')}p`);
    fc.assert(
      fc.property(folder, (name) => {
        const own = new HookHost(shell, name);
        try {
          const backing = own.volume(BASE);
          const path = own.volume(SCRATCH, { backing });
          own.fill(path, '0xcd');
          const metadata = volumes(temporary({ path, backing, format: 'qcow2' }));
          own.run('prepare begin', definition(metadata, { vdb: { file: path } }));
          expect({ said: own.said(), fresh: own.isFresh(path, '0xab') }).toEqual({
            said: `student-01: vdb is reset: ${path}\n`,
            fresh: true,
          });
        } finally {
          own.remove();
        }
      }),
      { numRuns: 8, examples: [[`p& <a>"b'c\\äß漢😀; p`]] },
    );
  });
});
