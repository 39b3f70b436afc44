import { UserError } from '../model/user-error';
import type { Surroundings } from './process';
import { run } from './process';

const MISSING = 'install it (in Debian: apt-get install guestfs-tools), or prepare without --seal';

/** What virt-sysprep of guestfs-tools does to a disk image that no machine uses. */
export class VirtSysprep {
  constructor(private readonly surroundings: Surroundings) {}

  /**
   * The names of the operations that it carries out when none are chosen (virt-sysprep(1), `--list-operations`: those
   * with an asterisk).
   *
   * @throws UserError when it is not installed, or does not say them
   */
  async operations(): Promise<string[]> {
    const { exitCode, stdout, stderr } = await this.call(['--list-operations']);
    const names = [...stdout.matchAll(/^(\S+) \* /gm)].map(([, name]) => name!);
    if (exitCode === 0 && names.length > 0) return names;
    throw new UserError(`virt-sysprep --list-operations named none: ${wordsOf(stderr, exitCode)}`);
  }

  /**
   * Carries out operations on the qcow2 files that are the disks of one system; their format is said, so that the
   * guest's first bytes choose nothing, and the image has no network.
   *
   * @throws UserError with its words
   */
  async seal(paths: readonly string[], operations: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.call([
      ...['--format', 'qcow2', ...paths.flatMap((path) => ['--add', path])],
      ...['--operations', operations.join(','), '--no-network', '--quiet'],
    ]);
    if (exitCode !== 0) throw new UserError(`virt-sysprep: ${wordsOf(stderr, exitCode)}`);
  }

  private call(args: readonly string[]): ReturnType<typeof run> {
    // A machine of its own would be started through the machine's own libvirt, and left there by a kill.
    const env = { LIBGUESTFS_BACKEND: 'direct', ...this.surroundings.env, LC_ALL: 'C' };
    return run('virt-sysprep', args, { ...this.surroundings, env, missing: MISSING });
  }
}

/** Its own line among advice on how to debug libguestfs. */
function wordsOf(stderr: string, exitCode: number): string {
  const [, error] = /^virt-sysprep: (?:error: )?(.+)$/m.exec(stderr) ?? [];
  return error ?? `exit code ${exitCode}`;
}
