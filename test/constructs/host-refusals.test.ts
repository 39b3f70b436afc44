import { Construct } from 'constructs';
import type { LibvirtHostProps } from 'regraft';
import { hostIn } from '../support/declarations';
import { refusals } from '../support/synthesis';
import { NAME } from './messages';

function ofHost(change: Partial<LibvirtHostProps>): string[] {
  return refusals((stack) => void hostIn(stack, 'lab', change));
}

describe('a host is refused', () => {
  it.each<[string, Partial<LibvirtHostProps>, string]>([
    [
      'for a storage name that libvirt refuses',
      { storage: { name: 'a/b', path: '/srv' } },
      "storage name \"a/b\" is not a name that libvirt takes: use letters, digits, '_', '.' and '-'",
    ],
    [
      'for a relative storage path',
      { storage: { name: 'a', path: 'srv' } },
      'storage path "srv" is not absolute: name a folder on the host, such as /var/lib/libvirt/lab',
    ],
    [
      'for a timeout of nothing',
      { shutdownTimeout: 0 },
      'shutdownTimeout is 0, expected a whole number of seconds of at least 1',
    ],
    [
      'for a provider that there is not',
      { provider: '1.0' as '0.9' },
      'provider is "1.0", expected 0.8, 0.9, regraft, or an exact version such as 0.8.3 or regraft-0.1.0',
    ],
    [
      'for a transport that provider 0.9 lacks',
      { uri: 'qemu+unix:///system?socket=/s', provider: '0.9' },
      'uri qemu+unix:///system?socket=/s: provider 0.9 knows no transport unix, write qemu:///system?socket=/s',
    ],
  ])('%s', (_what, change, problem) => {
    expect(ofHost(change)).toEqual([problem]);
  });

  it('for its name, and a second one of the same name', () => {
    expect(refusals((stack) => void hostIn(stack, 'my host'))).toEqual([`host "my host" ${NAME}`]);
    const twice = refusals((stack) => {
      hostIn(stack, 'lab');
      hostIn(new Construct(stack, 'more'), 'lab');
    });
    expect(twice).toEqual(['stack lab has two hosts lab: give them different names']);
  });

  it('beside one of another provider version', () => {
    const found = refusals((stack) => {
      hostIn(stack, 'one', { provider: '0.8' });
      hostIn(stack, 'two', { provider: '0.9' });
    });
    expect(found).toEqual([
      'stack lab uses providers ~> 0.8.3 and ~> 0.9.7: Terraform takes one version a stack, put the hosts into different stacks',
    ]);
  });
});
