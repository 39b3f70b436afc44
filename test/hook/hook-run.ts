import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VOLUMES_NAMESPACE } from '../../lib/model/temporary-volumes';

const SCRIPT = join(__dirname, '../../hook/regraft.sh');

/** A shell; busybox brings its own `awk`, `stat`, `flock`, … and takes them before the machine's. */
export interface Shell {
  readonly name: string;
  readonly command: readonly string[];
}

/** The shells of this machine that a host's `/bin/sh` may be: Debian's, Red Hat's and Alpine's. */
export function shells(): Shell[] {
  const found: Shell[] = [
    { name: 'dash', command: ['dash'] },
    { name: 'bash', command: ['bash', '--posix'] },
  ];
  if (spawnSync('busybox', ['true']).status === 0)
    found.push({ name: 'busybox', command: ['busybox', 'sh'] });
  else console.log('skipped: there is no busybox on this machine');
  return found;
}

/** A temporary volume as a machine's metadata names it. */
export interface Named {
  readonly target?: string;
  readonly path?: string;
  readonly size?: string;
  readonly backing?: string;
  readonly format?: string;
}

/** A host of its own: a storage pool and the folders that the hook looks into. */
export class HookHost {
  readonly root = mkdtempSync(join(tmpdir(), 'regraft-hook-'));
  readonly pool: string;
  private readonly script = join(this.root, 'hook');

  constructor(
    private readonly shell: Shell,
    folder = 'pool',
  ) {
    this.pool = join(this.root, folder);
    for (const path of ['bin', 'saved', 'logs', folder]) mkdirSync(join(this.root, path));
    this.program(
      'logger',
      `while [ "$1" != -- ]; do shift; done; printf '%s\\n' "$2" >>'${this.root}/syslog'`,
    );
    let text = readFileSync(SCRIPT, 'utf8');
    for (const [name, place] of Object.entries({
      notes: 'run',
      saved_images: 'saved',
      machine_logs: 'logs',
    })) {
      const line = new RegExp(`^${name}=/.*$`, 'm');
      if (!line.test(text)) throw new Error(`the hook has no line ${name}=`);
      text = text.replace(line, `${name}='${join(this.root, place)}'`);
    }
    // By its path: busybox takes its own before all that is on the PATH.
    writeFileSync(this.script, text.replace('{ logger', `{ '${join(this.root, 'bin/logger')}'`));
  }

  /** Puts a program of that name before the machine's own. */
  program(name: string, text: string): void {
    writeFileSync(join(this.root, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(this.root, 'bin', name), 0o755);
  }

  /** Makes a volume that holds something, and returns its path. */
  volume(name: string, { size = '1M', backing = '' } = {}): string {
    const path = join(this.pool, name);
    const on = backing === '' ? [size] : [];
    run('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      ...(backing ? ['-b', backing, '-F', 'qcow2'] : []),
      path,
      ...on,
    ]);
    this.fill(path);
    return path;
  }

  /** Writes into a volume, as a guest does. */
  fill(path: string, pattern = '0xab'): void {
    run('qemu-io', ['-f', 'qcow2', '-c', `write -P ${pattern} 0 64k`, path]);
  }

  /** Whether a volume reads as if it were just made: with this pattern and nothing that a guest wrote. */
  isFresh(path: string, pattern = '0'): boolean {
    const { stdout } = spawnSync('qemu-io', ['-f', 'qcow2', '-c', `read -P ${pattern} 0 64k`, path], {
      encoding: 'utf8',
    });
    if (!stdout.includes('read 65536/65536')) throw new Error(`${path} cannot be read: ${stdout}`);
    return !stdout.includes('Pattern verification failed');
  }

  /** Runs the hook as libvirt does. */
  run(
    event: string,
    definition: string,
    { name = 'student-01', reason = '-', prefix = [] as string[] } = {},
  ) {
    const [operation = '', sub = ''] = event.split(' ');
    const [program, ...args] = [...prefix, ...this.shell.command, this.script, name, operation, sub, reason];
    const PATH = `${join(this.root, 'bin')}:${process.env['PATH']}`;
    const { status, stdout, stderr, error } = spawnSync(program!, args, {
      input: definition,
      env: { PATH },
      encoding: 'utf8',
    });
    if (error) throw error;
    return { status, stdout, stderr };
  }

  /** What the hook has said to syslog since it was last asked. */
  said(): string {
    const file = join(this.root, 'syslog');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    rmSync(file, { force: true });
    return text;
  }

  /** Every file of the storage pool with its bytes. */
  files(): Record<string, string> {
    return Object.fromEntries(
      readdirSync(this.pool).map((name) => [name, readFileSync(join(this.pool, name)).toString('latin1')]),
    );
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}

/** Runs a program and returns what it printed. */
export function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error ?? status !== 0) throw error ?? new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** Text as libvirt writes it into an attribute: metadata in double quotes, what is not ASCII as its number. */
export function inXml(text: string): string {
  return [...text]
    .map((character) =>
      /[&<>"']/.test(character) || character > '~'
        ? ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }[character] ??
          (character === "'" ? "'" : `&#x${character.codePointAt(0)!.toString(16).toUpperCase()};`))
        : character,
    )
    .join('');
}

/** One element of the metadata. */
export function temporary({ target = 'vdb', path, size, backing, format }: Named): string {
  const attributes = { target, path, size, backing, 'backing-format': format };
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${inXml(value!)}"`);
  return `<regraft:temporary${list.join('')}/>`;
}

/** A machine's definition as libvirt hands it to the hook: disks by target, a file or the name of a volume. */
export function definition(
  metadata: string,
  disks: Readonly<Record<string, { readonly file: string } | { readonly volume: string }>>,
): string {
  const elements = Object.entries(disks).map(([target, source]) => {
    const [[key, value]] = Object.entries(source) as [[string, string]];
    const quoted = value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/'/g, '&apos;');
    const pool = key === 'volume' ? "pool='pool' " : '';
    return `
    <disk type='${key}' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source ${pool}${key}='${quoted}' index='1'/>
      <backingStore type='file'>
        <source file='/somewhere/else.qcow2'/>
      </backingStore>
      <target dev='${target}' bus='virtio'/>
    </disk>`;
  });
  return `<domain type='qemu' id='1'>
  <name>student-01</name>
  <metadata>
    ${metadata}
  </metadata>
  <devices>${elements.join('')}
  </devices>
</domain>
`;
}

/** Regraft's metadata around its elements. */
export function volumes(...elements: string[]): string {
  return `<regraft:volumes xmlns:regraft="${VOLUMES_NAMESPACE}">${elements.join('')}</regraft:volumes>`;
}
