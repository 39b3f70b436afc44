import type { Clone, Disk } from '../../model/clone';
import { disksOf, rawData } from '../../model/clone';
import type { Host } from '../../model/host';
import { escapedXml, volumesMetadata } from '../metadata';

/**
 * The XSLT that a volume's definition goes through: mode 0444, since the provider has no attribute for it.
 *
 * @see provider 0.8, `xml.xslt` (applied by the `xsltproc` of the machine that Terraform runs on)
 */
export const READ_ONLY_VOLUME = stylesheet(
  '<xsl:template match="/volume/target/permissions/mode"><mode>0444</mode></xsl:template>',
);

/**
 * The XSLT that a machine's definition goes through: all that the provider has no attribute for, or that it
 * would take for a change as soon as libvirt fills it in (machine type, CPU).
 */
export function domainStylesheet(host: Host, clone: Clone): string {
  const { machine, uuid } = clone;
  const raw = rawData(clone);
  const volumes = volumesMetadata(host, clone, (text) => withoutTemplates(escapedXml(text)));
  const metadata = volumes === undefined ? '' : `<metadata>${volumes}</metadata>`;
  const cpu = machine.cpuMode === '' ? '' : element('cpu', { mode: machine.cpuMode });
  const log =
    machine.consoleLogs === undefined
      ? ''
      : element('log', { file: `${machine.consoleLogs}/${clone.name}.log`, append: 'on' });
  const serial = `<serial type="pty">${log}<target port="0"/></serial><console type="pty"><target type="serial" port="0"/></console>`;
  return stylesheet(
    `<xsl:template match="/domain"><xsl:copy><xsl:apply-templates select="@*"/>` +
      `<xsl:apply-templates select="name"/><uuid>${uuid}</uuid>${metadata}${cpu}` +
      `<xsl:apply-templates select="node()[not(self::name or self::uuid or self::cpu)]"/></xsl:copy></xsl:template>`,
    `<xsl:template match="/domain/os/type"><xsl:copy><xsl:apply-templates select="@*"/>` +
      `<xsl:attribute name="machine">${escapedXml(machine.machineType)}</xsl:attribute><xsl:value-of select="."/></xsl:copy></xsl:template>`,
    `<xsl:template match="/domain/devices"><xsl:copy><xsl:apply-templates select="node()"/>${serial}</xsl:copy></xsl:template>`,
    '<xsl:template match="/domain/devices/serial|/domain/devices/console"/>',
    ...(machine.graphics.kind === 'none'
      ? ['<xsl:template match="/domain/devices/graphics|/domain/devices/video"/>']
      : []),
    ...(machine.guestAgent ? [] : ['<xsl:template match="/domain/devices/channel"/>']),
    ...disksOf(clone).map(diskTemplate),
    ...disksOf(clone).flatMap(({ volume, type }, index) =>
      type === 'data' && raw.has(volume) ? [rawTemplate(index)] : [],
    ),
    ...(clone.cloudInit === undefined ? [] : [cdromTemplate(clone)]),
  );
}

/** Puts a disk on its bus and gives it the volume's name as serial number, by which the guest finds it (`/dev/disk/by-id`). */
function diskTemplate(disk: Disk, index: number): string {
  const target = element('target', { dev: disk.target, bus: disk.bus });
  return `<xsl:template match="/domain/devices/disk[${index + 1}]/target">${target}<serial>${escapedXml(disk.volume)}</serial>${disk.boot ? '<boot order="1"/>' : ''}</xsl:template>`;
}

/**
 * Fixes the format of a raw disk. The provider takes the one that libvirt finds, and what a guest writes to the first
 * sectors of a raw volume may look like another format with a backing file of the host.
 */
function rawTemplate(index: number): string {
  return `<xsl:template match="/domain/devices/disk[${index + 1}]/driver/@type"><xsl:attribute name="type">raw</xsl:attribute></xsl:template>`;
}

/** Moves the cloud-init disk from IDE, which q35 machines lack, to the first free place on SATA. */
function cdromTemplate(clone: Clone): string {
  const used = disksOf(clone).filter(({ target }) => target.startsWith('sd')).length;
  const target = element('target', {
    dev: `sd${String.fromCharCode('a'.charCodeAt(0) + used)}`,
    bus: 'sata',
  });
  return `<xsl:template match="/domain/devices/disk[@device='cdrom']/target">${target}</xsl:template>`;
}

function stylesheet(...templates: string[]): string {
  return [
    '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">',
    '<xsl:output omit-xml-declaration="yes" indent="yes"/>',
    '<xsl:template match="@*|node()"><xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy></xsl:template>',
    ...templates,
    '</xsl:stylesheet>',
    '',
  ].join('\n');
}

function element(name: string, attributes: Record<string, string>): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapedXml(value)}"`);
  return `<${name}${list.join('')}/>`;
}

/** XSLT takes braces in an attribute for an expression of its own; those of Terraform are gone before it looks. */
function withoutTemplates(text: string): string {
  return text.replace(/\$\{[^}]*\}|[{}]/g, (found) => (found.length > 1 ? found : found + found));
}
