import type { Clone } from '../../model/clone';
import type { NetworkAttachment } from '../../model/machine';
import { escapedXml } from '../metadata';

/** The definition of a clone's machine in libvirt's XML, without disks. */
export function domainXmlOf(clone: Clone): string {
  const { machine, name, uuid } = clone;
  const { firmware } = machine;
  const uefi =
    firmware.kind === 'bios'
      ? ''
      : `<loader readonly="yes" type="pflash">${escapedXml(firmware.loader)}</loader><nvram template="${escapedXml(firmware.nvramTemplate)}">/var/lib/libvirt/qemu/nvram/${name}_VARS.fd</nvram>`;
  const log =
    machine.consoleLogs === undefined
      ? ''
      : `<log file="${escapedXml(`${machine.consoleLogs}/${name}.log`)}" append="on"/>`;
  return [
    `<domain type="${machine.accelerator}">`,
    `<name>${name}</name>`,
    `<uuid>${uuid}</uuid>`,
    `<memory unit="MiB">${machine.memory / 2 ** 20}</memory>`,
    `<vcpu>${machine.vcpus}</vcpu>`,
    `<os><type arch="${machine.architecture}" machine="${machine.machineType}">hvm</type>${uefi}</os>`,
    '<features><acpi/><apic/></features>',
    ...(machine.cpuMode === '' ? [] : [`<cpu mode="${machine.cpuMode}"/>`]),
    '<devices>',
    ...machine.networks.map((network, index) => interfaceOf(network, clone.macs[index]!)),
    `<serial type="pty">${log}<target port="0"/></serial>`,
    '<console type="pty"><target type="serial" port="0"/></console>',
    ...(machine.guestAgent
      ? ['<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>']
      : []),
    ...(machine.graphics.kind === 'none'
      ? []
      : [
          `<graphics type="${machine.graphics.kind}" autoport="yes" listen="${escapedXml(machine.graphics.listen)}"/>`,
        ]),
    '<rng model="virtio"><backend model="random">/dev/urandom</backend></rng>',
    '</devices>',
    '</domain>',
    '',
  ].join('\n');
}

function interfaceOf(network: NetworkAttachment, mac: string): string {
  const source =
    network.kind === 'named'
      ? `<interface type="network"><source network="${escapedXml(network.network)}"/>`
      : `<interface type="bridge"><source bridge="${escapedXml(network.bridge)}"/>`;
  return `${source}<mac address="${mac}"/><model type="virtio"/></interface>`;
}
