import fc from 'fast-check';
import { parseQcow2Header } from '../../lib/model/qcow2-header';

/** The beginning of a qcow2 file with header extensions. */
function header(
  version: 2 | 3,
  extensions: readonly [number, Buffer][],
  own: { snapshots?: number; crypt?: number; incompatible?: bigint } = {},
): Buffer {
  const bytes = Buffer.alloc(65536);
  bytes.writeUInt32BE(0x514649fb, 0);
  bytes.writeUInt32BE(version, 4);
  bytes.writeUInt32BE(own.crypt ?? 0, 32);
  bytes.writeUInt32BE(own.snapshots ?? 0, 60);
  if (version === 3) {
    bytes.writeBigUInt64BE(own.incompatible ?? 0n, 72);
    bytes.writeUInt32BE(104, 100);
  }
  let at = version === 2 ? 72 : 104;
  for (const [type, content] of extensions) {
    bytes.writeUInt32BE(type, at);
    bytes.writeUInt32BE(content.length, at + 4);
    content.copy(bytes, at + 8);
    at += 8 + Math.ceil(content.length / 8) * 8;
  }
  return bytes;
}

const FORMAT = 0xe2792aca;
/** What a header says in which nothing else is written. */
const PLAIN = {
  ...{ virtualSize: 0, clusterBits: 0, hasBackingFile: false, corrupt: false, incompatible: 0n },
  firstTable: { offset: 0, bytes: 0 },
};

test.each([2, 3] as const)(
  'the format of the backing file stands in an extension of a version %i header, behind whatever others',
  (version) => {
    const other: [number, Buffer] = [0x6803f857, Buffer.alloc(13, 1)];
    expect(parseQcow2Header(header(version, [other, [FORMAT, Buffer.from('qcow2')]]))).toEqual({
      ...{ ...PLAIN, version, backingFormat: 'qcow2', snapshots: 0, encrypted: false, externalData: false },
    });
    expect(parseQcow2Header(header(version, [other]))).toHaveProperty('backingFormat', null);
  },
);

test('snapshots, encryption and an external data file are told', () => {
  expect(parseQcow2Header(header(3, [], { snapshots: 2, crypt: 2, incompatible: 4n }))).toEqual({
    ...{ ...PLAIN, version: 3, backingFormat: null, snapshots: 2, encrypted: true, externalData: true },
    incompatible: 4n,
  });
});

test('whatever the bytes are, reading them ends and throws nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (given, magic) => {
      const bytes = Buffer.from(given);
      if (magic && bytes.length >= 8) header(3, []).copy(bytes, 0, 0, 8);
      expect(() => parseQcow2Header(bytes)).not.toThrow();
    }),
  );
});
