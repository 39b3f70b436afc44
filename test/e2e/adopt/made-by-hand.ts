import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { guestImage } from '../../../lab/guest';
import type { Lab } from '../../../lab/lab';

/** A storage pool and machines that somebody has made with qemu-img and virsh, without regraft. */
export class MadeByHand {
  /** Makes a storage pool of a folder. */
  static async pool(lab: Lab, name: string): Promise<MadeByHand> {
    const folder = join(lab.pools, name);
    mkdirSync(folder, { recursive: true });
    await lab.virsh('pool-define-as', name, 'dir', '--target', folder);
    await lab.virsh('pool-start', name);
    return new MadeByHand(lab, name, folder);
  }

  private constructor(
    private readonly lab: Lab,
    readonly name: string,
    readonly folder: string,
  ) {}

  /** The path of a file in the pool. */
  path(file: string): string {
    return join(this.folder, file);
  }

  /** The image of a guest that boots, read-only as a base is. */
  image(file: string): string {
    copyFileSync(guestImage('v1'), this.path(file));
    chmodSync(this.path(file), 0o444);
    return file;
  }

  /** A blank volume. */
  blank(file: string, size: string, format: 'qcow2' | 'raw' = 'qcow2'): string {
    execFileSync('qemu-img', ['create', '-q', '-f', format, this.path(file), size]);
    return file;
  }

  /** An overlay as `qemu-img create -b` makes it. */
  overlay(file: string, backing: string): string {
    const args = ['create', '-q', '-f', 'qcow2', '-b', this.path(backing), '-F', 'qcow2', this.path(file)];
    execFileSync('qemu-img', args);
    return file;
  }

  /** An overlay as older versions of QEMU made it: it does not fix the format of what it stands on. */
  loose(file: string, backing: string): string {
    this.overlay(file, backing);
    const bytes = readFileSync(this.path(file));
    // The header extension that says the format becomes one that nobody knows (qcow2, docs/interop/qcow2.txt).
    bytes.writeUInt32BE(0x12345678, bytes.indexOf(Buffer.from('e2792aca', 'hex')));
    writeFileSync(this.path(file), bytes);
    return file;
  }

  /** What a guest can write on a volume that it has as raw: the header of a qcow2 that stands on a file of the host. */
  lie(file: string, about: string): void {
    const forged = join(this.lab.directory, 'forged.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-u', '-f', 'qcow2', '-b', about, '-F', 'raw', forged, '1M']);
    const header = execFileSync('head', ['-c', '65536', forged]);
    const target = openSync(this.path(file), 'r+');
    writeSync(target, header, 0, header.length, 0);
    closeSync(target);
  }

  /** Defines a machine. */
  async define(name: string, xml: string): Promise<void> {
    await this.lab.virsh('pool-refresh', this.name);
    const file = join(this.lab.directory, `${name}.xml`);
    writeFileSync(file, xml);
    await this.lab.virsh('define', file);
  }
}

/** One disk of a machine. */
export interface DiskByHand {
  readonly path: string;
  readonly target: string;
  readonly format?: 'qcow2' | 'raw';
  /** What the definition itself says that it stands on, as Ravada writes it. */
  readonly backing?: string;
}

function disk({ path, target, format = 'qcow2', backing }: DiskByHand): string {
  const store =
    backing === undefined
      ? ''
      : `<backingStore type='file'><format type='qcow2'/><source file='${backing}'/></backingStore>`;
  return `<disk type='file' device='disk'><driver name='qemu' type='${format}' cache='none'/><source file='${path}'/>${store}<target dev='${target}' bus='virtio'/></disk>`;
}

/** A machine. */
export interface MachineByHand {
  readonly name: string;
  readonly uuid: string;
  readonly mac: string;
  readonly disks: readonly DiskByHand[];
  readonly consoleLogs: string;
  readonly memory?: number;
}

/** How a machine of Ravada is seen: with SPICE, its agent and USB redirection; VNC where the machine has to start, as SPICE finds no address to listen on in a lab. */
const SCREENS = {
  spice: `<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>
    <graphics type='spice' autoport='yes' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/><image compression='auto_glz'/></graphics>
    <redirdev bus='usb' type='spicevmc'/>`,
  vnc: `<channel type='unix'><target type='virtio' name='com.example.agent'/></channel>
    <graphics type='vnc' autoport='yes' listen='127.0.0.1'/>`,
};

/** A machine as Ravada defines it, after its own `etc/xml` templates. */
export function ravadaMachine(
  { name, uuid, mac, disks, consoleLogs }: MachineByHand,
  screen: keyof typeof SCREENS,
): string {
  return `<domain type='qemu'><name>${name}</name><uuid>${uuid}</uuid>
  <memory unit='KiB'>131072</memory><currentMemory unit='KiB'>131072</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/><apic/><vmport state='off'/></features>
  <clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='hpet' present='no'/></clock>
  <pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm>
  <devices>
    ${disks.map(disk).join('\n    ')}
    <controller type='usb' index='0' model='ich9-ehci1'/>
    <interface type='network'><mac address='${mac}'/><source network='default'/><model type='virtio'/></interface>
    <serial type='pty'><log file='${consoleLogs}/${name}.log' append='on'/><target type='isa-serial' port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>
    ${SCREENS[screen]}
    <sound model='ich6'/>
    <video><model type='qxl' heads='1' primary='yes'/></video>
    <memballoon model='virtio'/>
  </devices></domain>`;
}

/** A machine as vagrant-libvirt defines it, after its template `domain.xml.erb`. */
export function vagrantMachine({ name, uuid, mac, disks, memory = 131072 }: MachineByHand): string {
  return `<domain type='qemu'><name>${name}</name><title></title>
  <description>Source: /home/ana/project/Vagrantfile</description><uuid>${uuid}</uuid>
  <memory>${memory}</memory><vcpu>1</vcpu>
  <os><type>hvm</type><bootmenu enable='no'/></os>
  <features><acpi/><apic/><pae/></features><clock offset='utc'/>
  <devices>
    ${disks.map(disk).join('\n    ')}
    <interface type='network'><mac address='${mac}'/><source network='default'/><model type='virtio'/></interface>
    <serial type='pty'><target port='0'/></serial><console type='pty'><target port='0'/></console>
    <input type='mouse' bus='ps2'/>
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1' keymap='en-us'/>
    <video><model type='cirrus' vram='16384' heads='1'/></video>
    <memballoon model='virtio'/>
  </devices></domain>`;
}
