import { backingPath, isNetworkPath } from '../../lib/model/backing-file';

test.each([
  ['/pool/base.qcow2', '/pool/base.qcow2'],
  ['/pool/../other//base.qcow2', '/other/base.qcow2'],
  ['file:/pool/base.qcow2', '/pool/base.qcow2'],
  ['file:///pool/base.qcow2', '/pool/base.qcow2'],
  ['host_device:/dev/vg/base', '/dev/vg/base'],
  ['json:{"driver":"qcow2","file":{"driver":"file","filename":"/pool/./base.qcow2"}}', '/pool/base.qcow2'],
  ['json:{"driver":"qcow2","file.driver":"file","file.filename":"/pool/base.qcow2"}', '/pool/base.qcow2'],
  ['nbd://host/export', 'nbd://host/export'],
  ['rbd:images/one', 'rbd:images/one'],
  ['json:{"driver":"nbd","host":"far"}', 'json:{"driver":"nbd","host":"far"}'],
])('%s means %s', (written, path) => {
  expect(backingPath(written)).toBe(path);
});

test('a backing file that names several files, or cannot be read, means none that is known', () => {
  const over = '{"driver":"qcow2","file":{"filename":"/a"},"backing":{"file":{"filename":"/b"}}}';
  expect(backingPath(`json:${over}`)).toBeUndefined();
  expect(backingPath('json:{')).toBeUndefined();
});

test('what has a protocol before the first slash is not on the host', () => {
  expect(['nbd://x/y', 'rbd:a/b', '/a:b/c'].map(isNetworkPath)).toEqual([true, true, false]);
});
