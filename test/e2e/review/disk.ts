import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Lab } from '../../../lab/lab';
import type { Machines } from '../../../lab/machines';

/** A file of the storage pool: another inode or digest is another volume, or another content. */
export interface FileState {
  readonly inode: number;
  readonly digest: string;
}

/** A machine as libvirt has it. */
export interface MachineState {
  readonly uuid: string;
  readonly running: boolean;
  readonly xml: string;
  /** The names of the files that it has as disks. */
  readonly files: readonly string[];
}

/** What there is on a host, as libvirt and the file system say it; neither Terraform nor regraft is asked. */
export interface HostState {
  readonly files: ReadonlyMap<string, FileState>;
  readonly machines: ReadonlyMap<string, MachineState>;
}

/** Looks at every file of the storage pool and every machine. */
export async function lookAt(lab: Lab, machines: Machines): Promise<HostState> {
  const files = new Map<string, FileState>();
  for (const name of await machines.files().catch(() => [])) {
    // What regraft's own provider notes of a base is no volume.
    if (name.endsWith('.base.json')) continue;
    const { ino } = await stat(join(machines.storage, name));
    files.set(name, { inode: ino, digest: await machines.digest(name) });
  }
  const found = new Map<string, MachineState>();
  for (const name of (await lab.virsh('list', '--all', '--name')).split('\n').filter((line) => line !== '')) {
    found.set(name, {
      uuid: (await lab.virsh('domuuid', name)).trim(),
      running: (await lab.virsh('domstate', name)).trim() !== 'shut off',
      xml: await machines.xml(name),
      files: Object.values(await machines.disks(name)).map((source) => basename(source)),
    });
  }
  return { files, machines: found };
}

/** Listens to libvirt: which machines were undefined, also when they were defined again a moment later. */
export class UndefinedMachines {
  private readonly listener: ChildProcess;
  private text = '';

  /** Listens from about a second later. */
  constructor(lab: Lab) {
    this.listener = spawn('virsh', ['-q', '-c', lab.uri, 'event', '--event', 'lifecycle', '--loop'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.listener.stdout!.setEncoding('utf8').on('data', (text: string) => (this.text += text));
  }

  /** Stops listening, and returns the names. */
  async stop(): Promise<Set<string>> {
    const closed = once(this.listener, 'close');
    this.listener.kill('SIGINT');
    await closed;
    return new Set(
      [...this.text.matchAll(/event 'lifecycle' for domain '([^']+)': Undefined/g)].map(([, name]) => name!),
    );
  }
}
