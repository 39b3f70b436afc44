import { maskedUri } from '../../lib/model/manifest';

describe('a masked URI', () => {
  it.each([
    ['qemu:///system', 'qemu:///system'],
    ['qemu+ssh://root@host/system', 'qemu+ssh://root@host/system'],
    ['qemu+ssh://root:secret@host:22/system', 'qemu+ssh://root:***@host:22/system'],
    ['qemu+libssh2://u:p:a@host/system?keyfile=/k', 'qemu+libssh2://u:***@host/system?keyfile=/k'],
    ['qemu+tcp://host:16509/system', 'qemu+tcp://host:16509/system'],
    ['qemu:///system?socket=/run/a:b@c', 'qemu:///system?socket=/run/a:b@c'],
    ['QEMU+SSH://root:secret@host/system', 'QEMU+SSH://root:***@host/system'],
    ['qemu+ssh://:secret@host/system', 'qemu+ssh://:***@host/system'],
    ['qemu+ssh://root:se@cret@host/system', 'qemu+ssh://root:***@host/system'],
  ])('of %s is %s', (uri, masked) => {
    expect(maskedUri(uri)).toBe(masked);
  });
});
