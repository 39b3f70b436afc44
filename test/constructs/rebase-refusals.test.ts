import { ClonePool, Rebase } from 'regraft';
import { MACHINE, baseIn, classroom, hostIn } from '../support/declarations';
import { refusals } from '../support/synthesis';

describe('a rebase is refused', () => {
  it('for a clone that another open rebase moves', () => {
    const found = refusals((stack) => {
      const { pool, v2, rebase } = classroom(stack);
      rebase(['student-01', 'student-02']);
      new Rebase(stack, 'canary', { pool, to: v2, clones: ['student-02'] });
    });
    expect(found).toEqual([
      'clone student-02 is in 2 rebases (canary, to-v2): a clone has one open rebase, promote or delete the others first',
    ]);
  });

  it('for a clone that is not there, retired ones included', () => {
    const found = refusals((stack) => {
      const host = hostIn(stack);
      const [v1, v2] = [baseIn(stack, host, 'v1'), baseIn(stack, host, 'v2')];
      const pool = new ClonePool(stack, 'students', {
        base: v1,
        clones: ['anna', 'bert'],
        retired: ['bert'],
        machine: MACHINE,
      });
      new Rebase(stack, 'to-v2', { pool, to: v2, clones: ['ana', 'bert'] });
    });
    expect(found).toEqual([
      'clone "ana" is not in pool students: did you mean "anna"?',
      'clone "bert" is not in pool students: known are anna',
    ]);
  });

  it('onto a base of another host', () => {
    const found = refusals((stack) => {
      const v1 = baseIn(stack, hostIn(stack, 'one'), 'v1');
      const v2 = baseIn(stack, hostIn(stack, 'two'), 'v2');
      const pool = new ClonePool(stack, 'students', { base: v1, clones: ['a'], machine: MACHINE });
      new Rebase(stack, 'to-v2', { pool, to: v2 });
    });
    expect(found).toEqual([
      'base v2 is on host two, pool students on one: rebase onto a base of the same host',
    ]);
  });

  it('for waves that do not grow', () => {
    const found = refusals((stack) => {
      const { pool, v2 } = classroom(stack);
      new Rebase(stack, 'to-v2', { pool, to: v2, waves: [2, '0%' as '1%', 1] });
    });
    expect(found).toEqual([
      `waves: "0%" is no size of a wave: expected a whole number of clones from 1 on, or a whole share from '1%' to '100%'`,
      'waves: 1 comes after 2: each says how many clones have moved when the wave is over, so write them growing',
    ]);
  });

  it('says the same from its plan', () => {
    refusals((stack) => {
      const rebase = classroom(stack).rebase(['studnet-01']);
      expect(() => rebase.plan).toThrow('did you mean "student-01"?');
    });
    expect.assertions(1);
  });
});
