import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestImage } from '../../lab/guest';
import type { Lab } from '../../lab/lab';
import { storageOf, workFolder } from './fleet';

/** What libvirt itself needs: one virsh, fed with the commands that the work comes down to. */
export class Floor {
  private readonly storage: { name: string; path: string };
  private readonly work = workFolder();
  private readonly names: readonly string[];

  constructor(
    private readonly lab: Lab,
    clones: number,
  ) {
    this.storage = storageOf(lab, 'floor');
    this.names = Array.from({ length: clones }, (_, index) => `floor-${index}`);
  }

  /** Makes the storage pool with both bases in it, which is no part of what is measured. */
  async prepare(): Promise<void> {
    const { name, path } = this.storage;
    mkdirSync(path, { recursive: true });
    for (const version of ['v1', 'v2'] as const)
      copyFileSync(guestImage(version), this.file(`${version}.base`));
    await this.lab.virsh('pool-define-as', name, 'dir', '--target', path);
    await this.lab.virsh('pool-start', name);
    for (const clone of this.names) {
      for (const base of ['v1', 'v2']) writeFileSync(this.definition(clone, base), this.xml(clone, base));
    }
  }

  create(): Promise<void> {
    const { name } = this.storage;
    return this.virsh(
      this.names.flatMap((clone) => [
        ...this.overlays(clone, 'v1'),
        `vol-create-as ${name} ${clone}.home 24M --format qcow2`,
        `define ${this.definition(clone, 'v1')}`,
      ]),
    );
  }

  rebase(): Promise<void> {
    return this.virsh(
      this.names.flatMap((clone) => [
        ...this.overlays(clone, 'v2'),
        `define ${this.definition(clone, 'v2')}`,
        ...this.gone(clone, 'v1'),
      ]),
    );
  }

  async destroy(): Promise<void> {
    const { name } = this.storage;
    await this.virsh(
      this.names.flatMap((clone) => [
        `undefine ${clone}`,
        ...this.gone(clone, 'v2'),
        `vol-delete ${clone}.home --pool ${name}`,
      ]),
    );
  }

  /** Takes the rest away. */
  async remove(): Promise<void> {
    await this.lab.virsh('pool-destroy', this.storage.name);
    await this.lab.virsh('pool-undefine', this.storage.name);
    this.work.remove();
  }

  private overlays(clone: string, base: string): string[] {
    const { name } = this.storage;
    return [
      `vol-create-as ${name} ${clone}.root.${base} 64M --format qcow2 --backing-vol ${this.file(`${base}.base`)} --backing-vol-format qcow2`,
      `vol-create-as ${name} ${clone}.scratch.${base} 16M --format qcow2`,
    ];
  }

  private gone(clone: string, base: string): string[] {
    return ['root', 'scratch'].map(
      (volume) => `vol-delete ${clone}.${volume}.${base} --pool ${this.storage.name}`,
    );
  }

  private xml(clone: string, base: string): string {
    const files = [`${clone}.root.${base}`, `${clone}.scratch.${base}`, `${clone}.home`];
    const disks = files.map(
      (file, index) =>
        `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${this.file(file)}'/><target dev='vd${'abc'[index]}' bus='virtio'/></disk>`,
    );
    const uuid = `00000000-0000-4000-8000-${String(this.names.indexOf(clone)).padStart(12, '0')}`;
    return `<domain type='qemu'><name>${clone}</name><uuid>${uuid}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/><apic/></features><devices>${disks.join('')}<serial type='pty'/><console type='pty'/></devices></domain>`;
  }

  private definition(clone: string, base: string): string {
    return join(this.work.path, `${clone}.${base}.xml`);
  }

  private file(name: string): string {
    return join(this.storage.path, name);
  }

  private virsh(commands: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn('virsh', ['-q', '-c', this.lab.uri], { stdio: ['pipe', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      child.on('close', () => (said.includes('error:') ? reject(new Error(said.slice(0, 1000))) : resolve()));
      child.stdin.end(`${commands.join('\n')}\nquit\n`);
    });
  }
}
