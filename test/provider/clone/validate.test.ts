import { validateClone } from '../../../lib/provider/clone/validate';
import { GIB, config } from './world';

test('a plain clone has no problem', () => {
  expect(
    validateClone(
      config(
        {},
        { root: { type: 'system', size: GIB, bus: 'scsi', wwn: '5000c50015ea71aa', target: 'sda' } },
      ),
    ),
  ).toEqual([]);
});

const DATA = { type: 'data', size: GIB };

test.each([
  ['a name that libvirt does not take', config({ name: 'a b' }), ['name']],
  ['a base that is retained itself', config({ retain: 'v1' }), ['retain']],
  ['an unknown word for data_on_destroy', config({ data_on_destroy: 'drop' }), ['data_on_destroy']],
  ['an empty restore', config({ restore: '' }), ['restore']],
  ['a definition that is no XML', config({ domain_xml: '<domain>' }), ['domain_xml']],
  ['a definition of something else', config({ domain_xml: '<network/>' }), ['domain_xml']],
  ['a definition with a document type', config({ domain_xml: '<!DOCTYPE domain><domain/>' }), ['domain_xml']],
  [
    'a definition of another machine',
    config({ domain_xml: '<domain><name>other</name></domain>' }),
    ['domain_xml'],
  ],
  [
    'a definition that boots from the network first',
    config({ domain_xml: '<domain><os><boot dev="network"/></os></domain>' }),
    ['domain_xml'],
  ],
  [
    'a MAC address that is none',
    config({ domain_xml: '<domain><devices><interface><mac address="1"/></interface></devices></domain>' }),
    ['domain_xml'],
  ],
  ['an unknown type', config({}, { home: { type: 'date' } }), ['volumes', { key: 'home' }, 'type']],
  [
    'an unknown bus',
    config({}, { root: { type: 'system', bus: 'nvme' } }),
    ['volumes', { key: 'root' }, 'bus'],
  ],
  [
    'a size that is none',
    config({}, { home: { type: 'data', size: -1 } }),
    ['volumes', { key: 'home' }, 'size'],
  ],
  [
    'a size of part of a sector',
    config({}, { home: { type: 'data', size: 20 } }),
    ['volumes', { key: 'home' }, 'size'],
  ],
  [
    'a device of another bus',
    config({}, { home: { type: 'data', bus: 'scsi', target: 'vda' } }),
    ['volumes', { key: 'home' }, 'target'],
  ],
  [
    'a WWN on another bus',
    config({}, { home: { type: 'data', bus: 'virtio', wwn: '5000c50015ea71aa' } }),
    ['volumes', { key: 'home' }, 'wwn'],
  ],
  [
    'a seed of a system volume',
    config({}, { root: { type: 'system', seed: 'a' } }),
    ['volumes', { key: 'root' }, 'seed'],
  ],
  [
    'a data volume to boot from',
    config({}, { home: { type: 'data', boot: true } }),
    ['volumes', { key: 'home' }, 'boot'],
  ],
  [
    'two volumes at one device',
    config({}, { home: { type: 'data', target: 'vda' }, root: { type: 'system', target: 'vda' } }),
    ['volumes', { key: 'home' }, 'target'],
  ],
  ['no system volume', config({}, { root: null }), ['volumes']],
  [
    'a file in another folder',
    config({}, { home: { ...DATA, file: '../x.qcow2' } }),
    ['volumes', { key: 'home' }, 'file'],
  ],
  [
    'a file named like an overlay',
    config({}, { home: { ...DATA, file: 'a.b.c.20260101000000.qcow2' } }),
    ['volumes', { key: 'home' }, 'file'],
  ],
  [
    'a file named like a base',
    config({}, { home: { ...DATA, file: 'v1.root.base.qcow2' } }),
    ['volumes', { key: 'home' }, 'file'],
  ],
])('%s is an error at its attribute', (_, value, attribute) => {
  const errors = validateClone(value);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({ severity: 'error', attribute });
  expect(errors[0]!.summary).not.toContain('\n');
});
