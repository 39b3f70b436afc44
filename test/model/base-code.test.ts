import { baseCode, usualNames, variableName } from '../../lib/model/base-code';
import type { PreparedVolume } from '../../lib/model/prepared-base';
import { isOfBase, preparingFileName, unsealedFileName } from '../../lib/model/prepared-base';
import { baseFileName, parseOverlayFileName } from '../../lib/model/file-names';

const volume: PreparedVolume = { name: 'root', type: 'system', bus: 'virtio', size: 2 ** 26, boot: true };

test('a base says what cannot be taken from the defaults, and nothing else', () => {
  const code = baseCode(
    {
      name: 'gen-2',
      volumes: [
        { ...volume, name: 'boot', bus: 'scsi', file: 'gen-2.boot.base.qcow2', sha256: 'b' },
        { ...volume, name: 'root', boot: false, file: 'gen-2.root.base.qcow2', sha256: 'c' },
        { ...volume, name: 'swap-1', type: 'temporary', boot: false, size: 1_000_000 },
        { ...volume, name: 'home', type: 'data', boot: false, seed: 'gen-2.home.seed.qcow2' },
      ],
    },
    usualNames('gen-2'),
  );
  expect(code).toBe(`const gen2 = Base.existing(stack, 'gen-2', {
  host,
  volumes: {
    boot: Volume.system({ existing: true, size: '64MiB', bus: 'scsi', boot: true, sha256: 'b' }),
    root: Volume.system({ existing: true, size: '64MiB', sha256: 'c' }),
    'swap-1': Volume.temporary({ size: '1000000B' }),
    home: Volume.data({ size: '64MiB', seed: 'gen-2.home.seed.qcow2' }),
  },
});
`);
});

test('the only system volume needs no word on booting', () => {
  expect(baseCode({ name: 'a', volumes: [volume] }, usualNames('a'))).not.toContain('boot');
});

test.each([
  ['debian-13', 'debian13'],
  ['lab_2026-autumn', 'lab2026Autumn'],
  ['Win11', 'Win11'],
])('base %s is variable %s', (name, variable) => expect(variableName(name)).toBe(variable));

test('the files of a preparation are those of no clone and no other base', () => {
  const own = [baseFileName('a', 'root'), unsealedFileName('a', 'root')];
  expect(own.map((file) => isOfBase(file, 'a'))).toEqual([true, true]);
  for (const file of [...own, preparingFileName('a')]) {
    expect(parseOverlayFileName(file)).toBeUndefined();
    expect(isOfBase(file, 'b')).toBe(false);
  }
  expect(isOfBase(preparingFileName('a'), 'a')).toBe(false);
  expect(isOfBase(baseFileName('a-b', 'root'), 'a')).toBe(false);
});
