import fc from 'fast-check';
import {
  baseFileName,
  baseKey,
  dataFileName,
  dataKey,
  overlayFilePrefix,
  parseOverlayFileName,
} from '../../lib/model/file-names';
import { MAX_NAME_LENGTH, nameProblem } from '../../lib/model/names';

const name = fc.oneof(
  fc.constantFrom('base', 'data', 'a', 'root'),
  fc.stringMatching(/^[a-z]([-_]?[a-z0-9]){0,8}$/).filter((text) => nameProblem('x', text) === undefined),
);

describe('file names', () => {
  it('are these: what is on hosts keeps its name', () => {
    expect(baseFileName('debian-12', 'root')).toBe('debian-12.root.base.qcow2');
    expect(dataFileName('student-01', 'home')).toBe('student-01.home.data.qcow2');
    expect(overlayFilePrefix('student-01', 'root', 'debian-12')).toBe('student-01.root.debian-12.');
    expect(dataKey('students', 'student-01', 'home')).toBe('students/student-01/home');
    expect(baseKey('debian-12', 'root')).toBe('debian-12/root');
  });

  it('of a base, a data volume and an overlay are never the same, whatever the names are', () => {
    fc.assert(
      fc.property(name, name, name, name, name, (base, clone, volume, otherVolume, onBase) => {
        const overlay = `${overlayFilePrefix(clone, otherVolume, onBase)}20261122000000.qcow2`;
        const files = [baseFileName(base, volume), dataFileName(clone, otherVolume), overlay];
        expect(new Set(files).size).toBe(3);
      }),
    );
  });

  it('of an overlay say its parts, and those of bases and data volumes are no overlays', () => {
    fc.assert(
      fc.property(name, name, name, (clone, volume, base) => {
        const overlay = `${overlayFilePrefix(clone, volume, base)}20261122000000.qcow2`;
        expect(parseOverlayFileName(overlay)).toEqual({ clone, volume, base });
        expect(parseOverlayFileName(baseFileName(base, volume))).toBeUndefined();
        expect(parseOverlayFileName(dataFileName(clone, volume))).toBeUndefined();
      }),
    );
  });

  it('of the longest names fit into what Linux takes', () => {
    const longest = 'x'.repeat(MAX_NAME_LENGTH);
    expect(`${overlayFilePrefix(longest, longest, longest)}20261122000000.qcow2`.length).toBeLessThanOrEqual(
      255,
    );
  });
});
