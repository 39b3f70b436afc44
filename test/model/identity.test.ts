import fc from 'fast-check';
import { cloneMac, cloneUuid, diskWwn } from '../../lib/model/identity';

/** A name of a pool, clone or volume, which has no slash. */
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/);

describe('identity', () => {
  it('of a machine is the same in every version of regraft: these are in use', () => {
    expect(cloneUuid('students', 'student-01')).toBe('425213ee-bbca-8a69-a448-83601886b637');
    expect(cloneUuid('students', 'student-02')).toBe('35392c32-bf2b-8b53-89b8-0bbe5f5e2b77');
    expect(cloneMac('students', 'student-01', 0)).toBe('52:54:00:05:06:ff');
    expect(cloneMac('students', 'student-01', 1)).toBe('52:54:00:92:98:d4');
    expect(diskWwn('students', 'student-01', 'home')).toBe('5c9276cd6423609d');
  });

  it('has the form that libvirt takes: UUID of version 8, unicast MAC of QEMU, NAA 5', () => {
    fc.assert(
      fc.property(name, name, fc.nat(9), (pool, clone, index) => {
        expect(cloneUuid(pool, clone)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
        expect(cloneMac(pool, clone, index)).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
        expect(diskWwn(pool, clone, 'home')).toMatch(/^5[0-9a-f]{15}$/);
      }),
    );
  });

  it('differs between clones, pools, interfaces and volumes', () => {
    const clones = Array.from({ length: 100 }, (_, number) => `clone-${number}`);
    expect(new Set(clones.map((clone) => cloneUuid('a', clone))).size).toBe(100);
    expect(new Set(clones.flatMap((clone) => [cloneMac('a', clone, 0), cloneMac('a', clone, 1)])).size).toBe(
      200,
    );
    expect(
      new Set(['home', 'db'].flatMap((volume) => clones.map((clone) => diskWwn('a', clone, volume)))).size,
    ).toBe(200);
    expect(cloneUuid('a', 'x')).not.toBe(cloneUuid('b', 'x'));
    expect(cloneUuid('ab', 'c')).not.toBe(cloneUuid('a', 'bc'));
  });
});
