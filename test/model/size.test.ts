import fc from 'fast-check';
import type { Size } from 'regraft';
import { bytesOf, formatSize } from 'regraft';
import { roundedSize } from '../../lib/model/size';

describe('sizes', () => {
  it.each<[Size, number]>([
    [1, 1],
    ['1B', 1],
    ['4KiB', 4096],
    ['1.5GiB', 1610612736],
    ['20GiB', 21474836480],
    ['2TiB', 2199023255552],
  ])('%s is %d bytes', (size, bytes) => {
    expect(bytesOf(size)).toBe(bytes);
  });

  it.each([
    0,
    -1,
    1.5,
    NaN,
    Infinity,
    '0GiB',
    '-1GiB',
    '20GB',
    '20 GiB',
    'GiB',
    '',
    '1e3GiB',
    '0.3B',
    '9999999TiB',
  ])('%p is refused with its value and the way to write it', (size) => {
    expect(() => bytesOf(size as Size)).toThrow(RangeError);
    expect(() => bytesOf(size as Size)).toThrow(
      `size ${JSON.stringify(size)} is not a positive, whole number of bytes: write it as '20GiB'`,
    );
  });

  it('a size that is written out and read again is the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 50 }),
        (bytes) => bytesOf(formatSize(bytes) as Size) === bytes,
      ),
    );
  });

  it('is written in the largest unit that divides it', () => {
    expect([1, 1024, 1025, 3 * 2 ** 30, 1.5 * 2 ** 40].map(formatSize)).toEqual([
      '1B',
      '1KiB',
      '1025B',
      '3GiB',
      '1536GiB',
    ]);
  });
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [200704, '196 KiB'],
  [18546688, '17.7 MiB'],
  [20 * 2 ** 30, '20 GiB'],
  [1.25 * 2 ** 40, '1.3 TiB'],
])('%i bytes are %s to a reader', (bytes, text) => {
  expect(roundedSize(bytes)).toBe(text);
});
