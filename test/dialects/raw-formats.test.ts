import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Base, ClonePool, Volume } from 'regraft';
import { GENERATIONS, hostIn, MACHINE } from '../support/declarations';
import type { Block } from '../support/synthesis';
import { block, manifest, synthesize } from '../support/synthesis';

const folder = mkdtempSync(join(tmpdir(), 'regraft-raw-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What xsltproc makes of a definition, as provider 0.8 has it do. */
function transformed({ xml }: Block, definition: string): string {
  const [style, given] = [join(folder, 'style.xsl'), join(folder, 'given.xml')];
  writeFileSync(style, (xml as { xslt: string }).xslt.replace(/\$\{[^}]*\}/g, 'x'));
  writeFileSync(given, definition);
  return execFileSync('xsltproc', [style, given], { encoding: 'utf8' });
}

describe.each(GENERATIONS)('a raw disk that looks like qcow2 to libvirt, provider %s', (provider) => {
  const stack = synthesize((scope) => {
    const host = hostIn(scope, 'lab', { provider });
    const volumes = {
      root: Volume.system({ image: 'https://images.test/a.raw', format: 'raw' as const, size: '1GiB' }),
      apps: Volume.system({ image: 'https://images.test/b.qcow2', size: '1GiB' }),
      home: Volume.data({ size: '1GiB', seed: 'https://images.test/h.raw', seedFormat: 'raw' }),
      blank: Volume.data({ size: '1GiB' }),
    };
    const base = new Base(scope, 'v1', { host, volumes });
    new ClonePool(scope, 'students', { base, clones: ['anna'], machine: MACHINE });
  });
  const overlay = (volume: string) => block(stack, 'libvirt_volume', `students__anna__${volume}__v1`);
  const domain = block(stack, 'libvirt_domain', 'students__anna');

  it('is the raw backing file of overlays all the same', () => {
    if (provider === '0.9') {
      expect(overlay('root')['backing_store']).toMatchObject({ format: { type: 'raw' } });
      expect(overlay('apps')['backing_store']).toMatchObject({ format: { type: 'qcow2' } });
      return;
    }
    const asked =
      '<volume><backingStore><path>/p/v1.root.base.qcow2</path><format type="qcow2"/></backingStore></volume>';
    expect(transformed(overlay('root'), asked)).toMatch(
      /<path>\/p\/v1.root.base.qcow2<\/path>\s*<format type="raw"\/>/,
    );
    expect(overlay('root').lifecycle?.ignore_changes).toContain('xml');
    expect(overlay('apps')).not.toHaveProperty('xml');
  });

  it('is a raw disk of its machine all the same', () => {
    if (provider === '0.9') {
      const { disks } = domain['devices'] as { disks: { serial: string; driver: { type: string } }[] };
      const types = Object.fromEntries(disks.map(({ serial, driver }) => [serial, driver.type]));
      expect(types).toMatchObject({ home: 'raw', root: 'qcow2', apps: 'qcow2', blank: 'qcow2' });
      return;
    }
    const disk = '<disk><driver name="qemu" type="qcow2"/><target/></disk>';
    const made = transformed(
      domain,
      `<domain><os><type>hvm</type></os><devices>${disk.repeat(4)}</devices></domain>`,
    );
    const found = [...made.matchAll(/<driver name="qemu" type="(\w+)"\/>.*?<serial>(\w+)/gs)];
    expect(Object.fromEntries(found.map(([, type, serial]) => [serial, type]))).toEqual({
      home: 'raw',
      root: 'qcow2',
      apps: 'qcow2',
      blank: 'qcow2',
    });
  });

  it('stays the base that was made: what libvirt finds in it changes nothing', () => {
    const ignored = block(stack, 'libvirt_volume', 'lab__bases').lifecycle?.ignore_changes;
    expect(ignored).toEqual(provider === '0.9' ? ['target'] : ['format']);
  });

  it('is named raw in the manifest', () => {
    const { bases, addresses } = manifest(stack);
    expect(bases['lab/v1']!.volumes['root']).toMatchObject({ format: 'raw' });
    expect(bases['lab/v1']!.volumes['apps']).not.toHaveProperty('format');
    const formats = Object.entries(addresses).flatMap(([address, role]) =>
      'format' in role ? [[/anna\/(\w+)/.exec(address)?.[1], role.format]] : [],
    );
    expect(formats).toEqual([['home', 'raw']]);
  });
});
