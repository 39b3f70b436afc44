import type { Connection } from './connection';
import type { Surroundings } from './process';
import { withTemporaryFile } from './temporary-file';
import { lines, VirshConnection } from './virsh-connection';

/** What a machine does, in the words of `virsh domstate`; `missing` when libvirt has none of that name. */
export type PowerState =
  | 'running'
  | 'idle'
  | 'paused'
  | 'in shutdown'
  | 'shut off'
  | 'crashed'
  | 'dying'
  | 'pmsuspended'
  | 'missing';

/** Whether QEMU is there and has the machine's disks open. */
export function isActive(state: PowerState | undefined): boolean {
  return state !== undefined && !['shut off', 'crashed', 'missing'].includes(state);
}

/** The machines of one libvirt connection: their power, their definitions and their guests, over `virsh`. */
export class Machines {
  /** @param connection what it goes over; left out, a process a command */
  constructor(
    uri: string,
    surroundings: Surroundings,
    private readonly connection: Connection = new VirshConnection(uri, surroundings),
  ) {}

  /**
   * What each machine does now, asked over one connection.
   *
   * @throws UserError when libvirt is not reachable
   */
  async states(names: readonly string[]): Promise<Map<string, PowerState>> {
    const answers = await this.connection.batch(names.map((name) => ['domstate', ...of(name)]));
    return new Map(names.map((name, index) => [name, stateOf(answers[index] ?? '')]));
  }

  /**
   * What each machine does and why, in libvirt's words, such as `paused (I/O error)`.
   *
   * @throws UserError when libvirt is not reachable
   */
  async conditions(names: readonly string[]): Promise<Map<string, string>> {
    const answers = await this.connection.batch(names.map((name) => ['domstate', '--reason', ...of(name)]));
    return new Map(names.map((name, index) => [name, (answers[index] ?? '').trim()]));
  }

  /**
   * The machines that are off with a saved memory image, which their next start would go on with (`virsh managedsave`).
   *
   * @throws UserError when libvirt is not reachable
   */
  async saved(): Promise<Set<string>> {
    const [names = ''] = await this.connection.must(['list', '--all', '--name', '--with-managed-save']);
    return new Set(lines(names));
  }

  /**
   * The machines that start with the host.
   *
   * @throws UserError when libvirt is not reachable
   */
  async autostarted(): Promise<Set<string>> {
    const [names = ''] = await this.connection.must(['list', '--all', '--name', '--autostart']);
    return new Set(lines(names));
  }

  /**
   * Asks a guest to shut down: through the guest agent where one answers, else by the ACPI power button; `acpi` presses
   * the button only (libvirt, `virsh shutdown`).
   *
   * @throws UserError with libvirt's words
   */
  async shutdown(name: string, mode?: 'acpi'): Promise<void> {
    // An agent that does not answer would hold this up for as long as libvirt waits for it.
    await this.connection.command(['shutdown', ...of(name), ...(mode ? ['--mode', mode] : [])], {
      timeout: 90_000,
    });
  }

  /**
   * Makes a disk of a running machine larger, which its guest is told (QEMU, `block_resize`).
   *
   * @param path the file of the disk
   * @param size the new virtual size in bytes
   * @throws UserError with libvirt's words
   */
  async growDisk(name: string, path: string, size: number): Promise<void> {
    await this.connection.command(['blockresize', ...of(name), '--path', path, '--size', `${size}b`]);
  }

  /**
   * Cuts a machine's power; QEMU writes out what it has in memory where it can.
   *
   * @throws UserError with libvirt's words
   */
  async cutPower(name: string): Promise<void> {
    await this.connection.command(['destroy', ...of(name), '--graceful']);
  }

  /**
   * Starts a machine.
   *
   * @throws UserError with libvirt's words
   */
  async start(name: string): Promise<void> {
    await this.connection.command(['start', ...of(name)], { timeout: 180_000 });
  }

  /**
   * Wakes a guest that has suspended itself.
   *
   * @throws UserError with libvirt's words
   */
  async wake(name: string): Promise<void> {
    await this.connection.command(['dompmwakeup', ...of(name)]);
  }

  /**
   * Deletes a machine's saved memory image.
   *
   * @throws UserError with libvirt's words
   */
  async dropSaved(name: string): Promise<void> {
    await this.connection.command(['managedsave-remove', ...of(name)]);
  }

  /**
   * A machine's definition as it is at its next start, with its passwords, so that it can be defined again.
   *
   * @throws UserError with libvirt's words
   */
  definition(name: string): Promise<string> {
    return this.connection.command(['dumpxml', '--inactive', '--security-info', ...of(name)]);
  }

  /**
   * Defines a machine; one of the same name and UUID gets the new definition.
   *
   * @throws UserError with libvirt's words
   */
  async define(xml: string): Promise<void> {
    // virsh reads a file: standard input is a socket here, which it cannot open by a name.
    await withTemporaryFile(xml, (file) => this.connection.command(['define', file]));
  }

  /**
   * Makes a machine start with its host, or no longer.
   *
   * @throws UserError with libvirt's words
   */
  async autostart(name: string, on: boolean): Promise<void> {
    await this.connection.command(['autostart', ...of(name), ...(on ? [] : ['--disable'])]);
  }

  /**
   * Undefines a machine that is off, with its UEFI variables, its saved memory and what libvirt knows of its snapshots
   * and checkpoints; no volume of it is touched.
   *
   * @throws UserError with libvirt's words
   */
  async undefine(name: string): Promise<void> {
    const all = ['--managed-save', '--snapshots-metadata', '--checkpoints-metadata', '--nvram'];
    await this.connection.command(['undefine', ...of(name), ...all]);
  }

  /**
   * Writes an element into a machine's metadata, in place of the one of that namespace; a running machine has it in its
   * next definition only (`virsh metadata --config`).
   *
   * @param prefix by which libvirt names the namespace in front of the element
   * @throws UserError with libvirt's words
   */
  async setMetadata(
    name: string,
    { namespace, prefix, xml }: { readonly namespace: string; readonly prefix: string; readonly xml: string },
  ): Promise<void> {
    const element = ['--uri', namespace, '--key', prefix, '--set', xml];
    await this.connection.command(['metadata', ...of(name), ...element, '--config']);
  }

  /**
   * Takes an element out of a machine's metadata, also that of its run; one that is not there is no trouble.
   *
   * @throws UserError with libvirt's words
   */
  async removeMetadata(name: string, namespace: string): Promise<void> {
    const command = ['metadata', ...of(name), '--uri', namespace, '--remove'];
    await this.connection.command([...command, '--config']);
    // A machine that is off has no other definition, and what is in that of a run is gone with the run.
    await this.connection.batch([[...command, '--live']]);
  }

  /**
   * Whether the guest agent answers within some seconds.
   *
   * @throws UserError with libvirt's words when it does not
   */
  async pingAgent(name: string, seconds: number): Promise<void> {
    const command = [
      'qemu-agent-command',
      ...of(name),
      '{"execute":"guest-ping"}',
      '--timeout',
      String(seconds),
    ];
    await this.connection.command(command, { timeout: (seconds + 10) * 1000 });
  }

  /** Gives the terminal to a running machine's serial console until the user leaves it; returns the exit code of virsh. */
  console(name: string): Promise<number> {
    return this.connection.interactive(['console', ...of(name)]);
  }

  /** The IP addresses of a machine that libvirt knows of: by DHCP lease, by the guest agent, or by the host's ARP table. */
  async addresses(name: string): Promise<string[]> {
    const sources = ['lease', 'agent', 'arp'].map((source) => ['domifaddr', ...of(name), '--source', source]);
    const answers = await this.connection.batch(sources);
    const found = answers.flatMap((text) =>
      [...text.matchAll(/\sipv[46]\s+(\S+?)(?:\/\d+)?\s*$/gm)].map(([, address]) => address!),
    );
    return [...new Set(found)].filter((address) => !/^(127\.|::1$|fe80:)/i.test(address));
  }

  /**
   * The device of a running machine's serial console on its host; `undefined` when it has none.
   *
   * @throws UserError with libvirt's words
   */
  async terminal(name: string): Promise<string | undefined> {
    return lines(await this.connection.command(['ttyconsole', ...of(name)]))[0];
  }
}

function stateOf(answer: string): PowerState {
  const word = answer.trim();
  return word === '' ? 'missing' : (word as PowerState);
}

/** A machine as virsh is told of it, also where its name begins with a dash. */
function of(name: string): string[] {
  return ['--domain', name];
}
