import { temporaryVolumesOf } from '../../../lib/operations/power/temporary';

const NAMESPACE = 'https://regraft.dev/xmlns/volumes/1';
const domain = (metadata: string): string =>
  `<domain type="qemu"><name>a</name><metadata>${metadata}</metadata><devices/></domain>`;

test('each temporary volume of the metadata has its disk and path, and size and backing where they are said', () => {
  const xml = domain(
    `<other:thing xmlns:other="urn:other"><other:temporary target="vdz" path="/x"/></other:thing>
     <regraft:volumes xmlns:regraft="${NAMESPACE}">
       <regraft:temporary target="vdb" path="/p/a.scratch.b&amp;c.20260101000000.qcow2" size="16777216"/>
       <regraft:temporary target="vdc" path="/p/a.tools.b.20260101000000.qcow2" backing="/p/b.tools.base.qcow2" backing-format="raw"/>
     </regraft:volumes>`,
  );
  expect(temporaryVolumesOf(xml)).toEqual([
    { target: 'vdb', path: '/p/a.scratch.b&c.20260101000000.qcow2', size: 2 ** 24 },
    {
      target: 'vdc',
      path: '/p/a.tools.b.20260101000000.qcow2',
      backing: { path: '/p/b.tools.base.qcow2', format: 'raw' },
    },
  ]);
});

test.each(['', 'x:'])('the prefix %j is the writer’s choice', (prefix) => {
  const declaration = prefix === '' ? 'xmlns' : 'xmlns:x';
  const element = `<${prefix}temporary target="vdb" path="/p/f"/>`;
  const xml = domain(`<${prefix}volumes ${declaration}="${NAMESPACE}">${element}</${prefix}volumes>`);
  expect(temporaryVolumesOf(xml)).toEqual([{ target: 'vdb', path: '/p/f' }]);
});

test.each([
  ['no metadata', '<domain><name>a</name></domain>'],
  ['metadata of others', domain('<x:volumes xmlns:x="urn:x"><x:temporary target="vdb"/></x:volumes>')],
  ['no volumes', domain(`<x:volumes xmlns:x="${NAMESPACE}"/>`)],
  ['no domain', '<network/>'],
])('%s names no temporary volume', (_, xml) => {
  expect(temporaryVolumesOf(xml)).toEqual([]);
});
