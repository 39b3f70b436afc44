import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { BOOT_RECORD, bootsBy } from '../../lib/model/boot-record';
import { backingFormatOf, QCOW2_EXTENSIONS } from '../../lib/model/qcow2-header';
import { diskStart } from '../../lib/tools/disk-start';

const folder = mkdtempSync(join(tmpdir(), 'regraft-start-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const qemuImg = (...args: string[]) => execFileSync('qemu-img', args, { stdio: 'ignore' });

/** The start of a disk in a file, read as a volume is over libvirt: some bytes at an offset. */
const startOf = (file: string, format: 'qcow2' | 'raw') => {
  const bytes = readFileSync(file);
  return diskStart(
    (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    format,
    BOOT_RECORD,
  );
};

/** A disk of 1 MiB that begins with these bytes. */
function disk(name: string, start: Buffer): string {
  writeFileSync(at(name), Buffer.concat([start, Buffer.alloc(2 ** 20 - start.length)]));
  return at(name);
}

describe('the start of a disk', () => {
  const start = Buffer.from(Array.from({ length: BOOT_RECORD }, (_, index) => (index * 7) % 251));

  test.each<[string, string[]]>([
    ['plain', []],
    ['compressed', ['-c']],
    ['of small clusters', ['-o', 'cluster_size=512']],
    ['of small clusters, compressed', ['-c', '-o', 'cluster_size=4096']],
    ['of large clusters', ['-o', 'cluster_size=2M']],
    ['of version 2', ['-o', 'compat=0.10']],
  ])('is read out of a qcow2 image, %s', async (name, options) => {
    const raw = disk('raw.img', start);
    const image = at(`${name}.qcow2`);
    qemuImg('convert', '-f', 'raw', '-O', 'qcow2', ...options, raw, image);
    expect((await startOf(image, 'qcow2'))!.equals(start)).toBe(true);
    expect((await startOf(raw, 'raw'))!.equals(start)).toBe(true);
  });

  test('of a blank image is zeros', async () => {
    qemuImg('create', '-f', 'qcow2', at('blank.qcow2'), '1M');
    expect((await startOf(at('blank.qcow2'), 'qcow2'))!.every((byte) => byte === 0)).toBe(true);
  });

  test('of what cannot be read alone is not told: an overlay, an external data file, zstd, no qcow2', async () => {
    qemuImg('create', '-f', 'qcow2', '-b', at('blank.qcow2'), '-F', 'qcow2', at('overlay.qcow2'));
    qemuImg('create', '-f', 'qcow2', '-o', `data_file=${at('data.raw')}`, at('apart.qcow2'), '1M');
    qemuImg('create', '-f', 'qcow2', '-o', 'compression_type=zstd', at('zstd.qcow2'), '1M');
    for (const name of ['overlay.qcow2', 'apart.qcow2', 'zstd.qcow2'])
      expect(await startOf(at(name), 'qcow2')).toBeUndefined();
    expect(await startOf(disk('none.img', start), 'qcow2')).toBeUndefined();
  });

  test('is asked for in bounded pieces whatever the header says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 72, maxLength: 600 }), async (random) => {
        const bytes = Buffer.from(random);
        bytes.writeUInt32BE(0x514649fb, 0);
        const asked: number[] = [];
        await diskStart(
          (offset, length) => {
            asked.push(length);
            return Promise.resolve(bytes.subarray(offset, offset + length));
          },
          'qcow2',
          BOOT_RECORD,
        );
        expect(Math.max(...asked)).toBeLessThanOrEqual(2 ** 22);
      }),
    );
  });
});

/** A master boot record of one partition. */
function mbr(type: number, code = false): Buffer {
  const bytes = Buffer.alloc(BOOT_RECORD);
  bytes[446 + 4] = type;
  bytes.writeUInt16LE(0xaa55, 510);
  if (code) bytes[0] = 0xeb;
  return bytes;
}

/** A GPT of partitions by type, each marked for BIOS or not. */
function gpt(...partitions: [type: string, legacy?: boolean][]): Buffer {
  const bytes = mbr(0xee);
  bytes.write('EFI PART', 512);
  bytes.writeBigUInt64LE(2n, 512 + 72);
  bytes.writeUInt32LE(128, 512 + 80);
  bytes.writeUInt32LE(128, 512 + 84);
  partitions.forEach(([type, legacy = false], index) => {
    Buffer.from(type, 'hex').copy(bytes, 1024 + index * 128);
    if (legacy) bytes.writeBigUInt64LE(4n, 1024 + index * 128 + 48);
  });
  return bytes;
}

const EFI = '28732ac11ff8d211ba4b00a0c93ec93b';
const GRUB = '4861682149646f6e744e656564454649';
const LINUX = 'af3dc60f838472478e793d69d8477de4';

test.each<[string, Buffer, string[]]>([
  ['a GPT with an EFI system partition', gpt([LINUX], [EFI]), ['uefi']],
  ['a GPT with a BIOS boot partition', gpt([GRUB], [LINUX]), ['bios']],
  ['a cloud image that has both', gpt([LINUX], [GRUB], [EFI]), ['bios', 'uefi']],
  ['a GPT with a partition that SYSLINUX boots', gpt([LINUX, true]), ['bios']],
  ['a GPT without either', gpt([LINUX]), []],
  ['an MBR with boot code', mbr(0x83, true), ['bios']],
  ['an MBR with an EFI partition', mbr(0xef), ['uefi']],
  ['an MBR with both', mbr(0xef, true), ['bios', 'uefi']],
  ['no partitions', Buffer.alloc(BOOT_RECORD), []],
  ['a boot sector without partitions', mbr(0, true), []],
  ['a protective MBR and nothing behind it', mbr(0xee), []],
])('%s boots by what it has', (_what, bytes, boots) => {
  expect(bootsBy(bytes)).toEqual(boots);
});

test('a partition table of whatever bytes is read without an end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: BOOT_RECORD }), (random) => {
      const bytes = Buffer.from(random);
      if (bytes.length >= 1024) {
        mbr(0xee).copy(bytes, 0, 0, 512);
        bytes.write('EFI PART', 512);
      }
      expect(['', 'bios', 'uefi', 'bios,uefi']).toContain(bootsBy(bytes).join());
    }),
  );
});

describe('the format that an overlay fixes for its backing file', () => {
  const head = (name: string) => readFileSync(at(name)).subarray(0, QCOW2_EXTENSIONS);
  const overlay = (format: string, ...options: string[]) => {
    qemuImg('create', '-f', 'qcow2', '-u', '-b', '/x/base', '-F', format, ...options, at('o.qcow2'), '1M');
    return head('o.qcow2');
  };

  test('is what its header says', () => {
    expect(backingFormatOf(overlay('raw'))).toBe('raw');
    expect(backingFormatOf(overlay('qcow2'))).toBe('qcow2');
    expect(backingFormatOf(overlay('qcow2', '-o', 'compat=0.10'))).toBe('qcow2');
  });

  test('is none where the header says none, and nothing where there is no backing file', () => {
    const bytes = Buffer.from(overlay('raw'));
    bytes.writeUInt32BE(0, bytes.indexOf(Buffer.from('e2792aca', 'hex')));
    expect(backingFormatOf(bytes)).toBeNull();
    qemuImg('create', '-f', 'qcow2', at('alone.qcow2'), '1M');
    expect(backingFormatOf(head('alone.qcow2'))).toBeUndefined();
    expect(backingFormatOf(Buffer.from('no qcow2'))).toBeUndefined();
  });
});
