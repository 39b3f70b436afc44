import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { Base, ClonePool, Volume } from 'regraft';
import { checkFleets, stackOf } from '../support/check-fleets';
import { baseIn, classroom, GENERATIONS, hostIn, MACHINE } from '../support/declarations';
import { addressIn, disksOf } from '../support/parts';
import type { Block, Synthesized } from '../support/synthesis';
import { block, blocks, manifest, synthesize } from '../support/synthesis';

type Element = Readonly<Record<string, string>>;

/** What a machine's metadata says of its temporary volumes; `undefined` when it has no metadata. */
function volumesIn(domain: Block): Element[] | undefined {
  const xml =
    'metadata' in domain
      ? (domain['metadata'] as { xml: string }).xml
      : /<metadata>(.*?)<\/metadata>/.exec((domain['xml'] as { xslt?: string } | undefined)?.xslt ?? '')?.[1];
  return xml === undefined ? undefined : parsed(xml);
}

function parsed(xml: string): Element[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => name === 'regraft:temporary',
    htmlEntities: true,
  });
  const { 'regraft:volumes': volumes } = parser.parse(xml) as {
    'regraft:volumes': { 'xmlns:regraft': string; 'regraft:temporary': Element[] };
  };
  expect(volumes['xmlns:regraft']).toBe('https://regraft.dev/xmlns/volumes/1');
  return volumes['regraft:temporary'];
}

/** The address in a path such as `/srv/pool/${libvirt_volume.x.name}`. */
function addressOf({ path }: Element): string {
  return addressIn(path!.slice(path!.lastIndexOf('/') + 1));
}

describe.each(GENERATIONS)('the metadata of a machine, provider %s', (generation) => {
  it('names every temporary volume that it has, with its device and current overlay, and no other volume', () => {
    checkFleets(generation, (fleet) => {
      const stack = stackOf(fleet);
      for (const { clones } of Object.values(manifest(stack).pools)) {
        for (const { domain: address, volumes } of Object.values(clones)) {
          const domain = block(stack, 'libvirt_domain', address.split('.')[1]!);
          const temporary = new Set(
            Object.values(volumes)
              .filter(({ type }) => type === 'temporary')
              .map((volume) => volume.address),
          );
          const expected = disksOf(domain)
            .filter((disk) => temporary.has(disk.address))
            .map((disk) => ({ target: disk.target, address: disk.address }));
          const found = volumesIn(domain)?.map((one) => ({ target: one['target'], address: addressOf(one) }));
          expect(found).toEqual(expected.length === 0 ? undefined : expected);
        }
      }
    });
  });

  it('says what each is made anew from: a size, a base volume that the stack makes, or one that is there', () => {
    const stack = synthesize((scope) => {
      const host = hostIn(scope, 'lab', { provider: generation });
      const own = new Base(scope, 'v1', {
        host,
        volumes: {
          root: Volume.system({ image: 'https://images.test/a.qcow2', size: '4GiB' }),
          cache: Volume.temporary({ image: 'https://images.test/c.raw', format: 'raw', size: '2GiB' }),
          plain: Volume.temporary({ image: 'https://images.test/p.qcow2' }),
          scratch: Volume.temporary({ size: '1GiB' }),
        },
      });
      const other = Base.existing(scope, 'v0', {
        host,
        volumes: {
          root: Volume.system({ existing: true, size: '4GiB' }),
          cache: Volume.temporary({ existing: true, size: '1GiB' }),
        },
      });
      new ClonePool(scope, 'a', { base: own, clones: ['anna'], machine: MACHINE });
      new ClonePool(scope, 'b', { base: other, clones: ['bert'], machine: MACHINE });
    });
    const rest = (name: string) =>
      volumesIn(block(stack, 'libvirt_domain', name))!.map(({ path, ...others }) => {
        expect(path).toMatch(/^\/srv\/pool\/\$\{libvirt_volume\.\S+\.name\}$/);
        return others;
      });
    expect(rest('a__anna')).toEqual([
      {
        target: 'vdb',
        size: String(2 * 2 ** 30),
        backing: '/srv/pool/v1.cache.base.qcow2',
        'backing-format': 'raw',
      },
      { target: 'vdc', backing: '/srv/pool/v1.plain.base.qcow2', 'backing-format': 'qcow2' },
      { target: 'vdd', size: String(2 ** 30) },
    ]);
    expect(rest('b__bert')).toEqual([
      {
        target: 'vdb',
        size: String(2 ** 30),
        backing: '/srv/pool/v0.cache.base.qcow2',
        'backing-format': 'qcow2',
      },
    ]);
  });

  it('names the overlay on the new base while a clone is rebased', () => {
    const stack = synthesize((scope) => void classroom(scope, generation).rebase(['student-01']));
    const named = (clone: string) =>
      volumesIn(block(stack, 'libvirt_domain', `students__${clone}`))!.map(addressOf);
    expect(named('student-01')).toEqual(['libvirt_volume.students__student-01__scratch__v2']);
    expect(named('student-02')).toEqual(['libvirt_volume.students__student-02__scratch__v1']);
  });

  it('is left out of a machine without temporary volumes', () => {
    const stack = synthesize((scope) => {
      const host = hostIn(scope, 'lab', { provider: generation });
      const base = new Base(scope, 'v1', {
        host,
        volumes: { root: Volume.system({ image: 'https://images.test/a.qcow2', size: '4GiB' }) },
      });
      new ClonePool(scope, 'students', { base, clones: ['anna'], machine: MACHINE });
    });
    expect(Object.values(blocks(stack, 'libvirt_domain')).map(volumesIn)).toEqual([undefined]);
  });

  it('holds the path of any folder, after all that the provider does with it', () => {
    const path = `/srv/a & b <c> "d" 'e' {f} {g}} ä/`;
    const stack = synthesize((scope) => {
      const host = hostIn(scope, 'lab', { provider: generation, storage: { name: 'pool', path } });
      new ClonePool(scope, 'students', {
        base: baseIn(scope, host, 'v1'),
        clones: ['anna'],
        machine: MACHINE,
      });
    });
    const [volume] = parsed(metadataOf(stack, generation));
    expect(volume!['path']).toBe(`${path}NAME`);
  });
});

/** The metadata as it reaches libvirt: Terraform fills in the name, provider 0.8 has xsltproc apply the stylesheet. */
function metadataOf(stack: Synthesized, generation: string): string {
  const domain = block(stack, 'libvirt_domain', 'students__anna');
  const filled = (text: string) => text.replace(/\$\{libvirt_volume\.[^}]*\}/g, 'NAME');
  if (generation === '0.9') return filled((domain['metadata'] as { xml: string }).xml);
  const folder = mkdtempSync(join(tmpdir(), 'regraft-xslt-'));
  try {
    writeFileSync(join(folder, 'a.xslt'), filled((domain['xml'] as { xslt: string }).xslt));
    writeFileSync(join(folder, 'a.xml'), '<domain><name>anna</name><devices/></domain>');
    const xml = execFileSync('xsltproc', [join(folder, 'a.xslt'), join(folder, 'a.xml')], {
      encoding: 'utf8',
    });
    return /<metadata>(.*)<\/metadata>/s.exec(xml)![1]!;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
