/** A disk of a machine: its qcow2 file and its serial. */
export interface Disk {
  readonly file: string;
  readonly serial: string;
}

/** What {@link machineXml} writes. */
export interface Machine {
  readonly name: string;
  readonly disks: readonly Disk[];
  /** The machine type, such as `q35` or `pc`. */
  readonly type?: string;
  /** The bus of the disks, such as `virtio`, `scsi` or `ide`. */
  readonly bus?: string;
  /** Where virtlogd writes what the machine says on its serial console. */
  readonly log?: string;
}

/** The domain XML of a small emulated machine. */
export function machineXml({ name, disks, type = 'q35', bus = 'virtio', log }: Machine): string {
  const prefix = bus === 'virtio' ? 'vd' : 'sd';
  const disk = ({ file, serial }: Disk, index: number) => `
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='${file}'/>
      <target dev='${prefix}${'abcdef'[index]}' bus='${bus}'/><serial>${serial}</serial>
    </disk>`;
  return `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>128</memory>
  <os><type arch='x86_64' machine='${type}'>hvm</type></os>
  <features><acpi/><apic/></features>
  <devices>
    ${bus === 'scsi' ? "<controller type='scsi' model='virtio-scsi'/>" : ''}${disks.map(disk).join('')}
    <serial type='pty'>${log ? `<log file='${log}' append='on'/>` : ''}<target port='0'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}
