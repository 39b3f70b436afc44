import { didYouMean, MAX_NAME_LENGTH, nameProblem, nearestName } from '../../lib/model/names';

describe('names', () => {
  it.each(['a', 'debian-12', 'Student_07', 'a-b_c', 'x'.repeat(MAX_NAME_LENGTH)])('%s is taken', (name) => {
    expect(nameProblem('clone', name)).toBeUndefined();
  });

  it.each(['', '7up', '-a', 'a-', 'a--b', 'a__b', 'a-_b', 'a b', 'a.b', 'a/b', 'ä', 'a\n', '${a}', 'a"b'])(
    '%p is refused, with itself and what a name is made of',
    (name) => {
      expect(nameProblem('clone', name)).toBe(
        `clone ${JSON.stringify(name)} is not a name that libvirt and Terraform take: use letters, digits and single '-' or '_' between them, beginning with a letter`,
      );
    },
  );

  it('that are too long for a file name made of four are refused with their length', () => {
    expect(nameProblem('base', 'x'.repeat(61))).toMatch(
      /^base "x+" has 61 characters, more than 60: shorten it$/,
    );
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'that every object has, such as %s, are refused',
    (name) => {
      expect(nameProblem('volume', name)).toContain('choose another name');
    },
  );
});

describe('a mistyped name', () => {
  const students = ['student-01', 'student-02', 'teacher'];

  it('finds the nearest known one', () => {
    expect(nearestName('studnet-02', students)).toBe('student-02');
    expect(didYouMean('techer', students)).toBe('did you mean "teacher"?');
  });

  it('that is near to none lists what there is, five at most', () => {
    expect(didYouMean('kiosk', students)).toBe('known are student-01, student-02, teacher');
    const many = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf'];
    expect(didYouMean('qqqqqqqqqq', many)).toBe('known are alpha, bravo, charlie, delta, echo and 2 more');
    expect(didYouMean('x', [])).toBe('there are none');
  });
});
