import { Base, ClonePool, Rebase, Volume } from 'regraft';
import { MACHINE, baseIn, classroom, hostIn, type PlainOutline } from '../support/declarations';
import { refusals } from '../support/synthesis';
import { NAME } from './messages';

const IMAGE = 'https://images.test/a.qcow2';

it('a right stack is not refused', () => {
  expect(refusals((stack) => void classroom(stack).rebase())).toEqual([]);
});

it('all mistakes of a stack stand in one error', () => {
  const found = refusals((stack) => {
    const host = hostIn(stack);
    const v1 = baseIn(stack, host, 'v1');
    const volumes = {
      root: Volume.system({ image: IMAGE, size: '2GiB' }),
      scratch: Volume.data({ size: 0 }),
      home: Volume.data({ size: '2GiB' }),
    };
    const other = new Base<Record<string, 'system' | 'data'>>(stack, 'other--one', { host, volumes });
    const pool = new ClonePool(stack, 'students', {
      base: v1,
      clones: ['student-01', '7up'],
      machine: { vcpus: 0, memory: '1KiB' },
    });
    new ClonePool(stack, 'guests', { base: v1, clones: ['student-01'], machine: MACHINE });
    new Rebase(stack, 'onwards', {
      pool,
      to: other as unknown as Base<PlainOutline>,
      clones: ['studnet-01'],
    });
  });
  expect(found).toEqual([
    'host lab has two clones student-01, in pools guests and students: machines of a host have different names',
    `base "other--one" ${NAME}`,
    "base other--one, volume scratch: size 0 is not a positive, whole number of bytes: write it as '20GiB' or in bytes",
    `clone "7up" ${NAME}`,
    'pool students: vcpus is 0, expected a whole number of at least 1',
    `pool students: memory is "1KiB", expected a whole number of MiB such as '2GiB'`,
    'clone "studnet-01" is not in pool students: did you mean "student-01"?',
    expect.stringMatching(
      /^base other--one has another storage outline than v1: volume root would shrink from 4GiB to 2GiB; volume scratch is data, not temporary\. /,
    ),
  ]);
});
