import type { CloneOverrides as OverridesOf } from 'regraft';
import { ClonePool, Volume } from 'regraft';
import type { PlainOutline } from '../support/declarations';
import { baseIn, GENERATIONS, hostIn, MACHINE } from '../support/declarations';
import { archivedEntries, dataEntries } from '../support/parts';
import type { Synthesized } from '../support/synthesis';
import { refusals, synthesize } from '../support/synthesis';

type CloneOverrides = OverridesOf<PlainOutline>;
type Overrides = Readonly<Record<string, CloneOverrides>>;

const declare =
  (clones: readonly string[], retired: readonly string[], overrides: Overrides) =>
  (stack: Parameters<Parameters<typeof synthesize>[0]>[0]): void => {
    new ClonePool(stack, 'students', {
      base: baseIn(stack, hostIn(stack), 'v1'),
      clones,
      retired,
      machine: MACHINE,
      overrides,
    });
  };

const home = (of: `${string}/${string}`): CloneOverrides => ({ data: { home: Volume.archived(of) } });

/** The moves of a stack as Terraform takes them: one to an address, one from an address. */
function moves({ json }: Synthesized): Map<string, string> {
  const all = json.moved ?? [];
  expect(new Set(all.map(({ to }) => to)).size).toBe(all.length);
  expect(new Set(all.map(({ from }) => from)).size).toBe(all.length);
  return new Map(all.map(({ from, to }) => [from, to]));
}

const at = (block: string, key: string): string => `libvirt_volume.lab__${block}["students/${key}/home"]`;

/** Where what is at an address ends. */
function end(of: ReadonlyMap<string, string>, address: string): string {
  const next = of.get(address);
  return next === undefined ? address : end(of, next);
}

describe.each(GENERATIONS)(
  'a data volume of a retired clone that another one takes over, provider %s',
  (generation) => {
    const stackOf = (clones: string[], retired: string[], overrides: Overrides): Synthesized =>
      synthesize(declare(clones, retired, overrides), { context: { 'regraft:provider': generation } });

    it('is moved to its new clone from wherever it was, and keeps its file name', () => {
      const stack = stackOf(['b'], ['a'], { b: home('a/home') });
      expect(dataEntries(stack)).toEqual({
        'lab:students/b/home': expect.objectContaining({ file: 'a.home.data.qcow2' }) as object,
      });
      expect(archivedEntries(stack)).toEqual({});
      for (const address of [at('data', 'a'), at('archived', 'a'), at('archived', 'b')])
        expect(end(moves(stack), address)).toBe(at('data', 'b'));
    });

    it('stays with its new clone when the old one is purged', () => {
      expect(dataEntries(stackOf(['b'], [], { b: home('a/home') }))).toEqual(
        dataEntries(stackOf(['b'], ['a'], { b: home('a/home') })),
      );
    });

    it('goes into the archive with its new clone', () => {
      const stack = stackOf([], ['a', 'b'], { b: home('a/home') });
      expect(archivedEntries(stack)).toEqual({
        'lab:students/b/home': expect.objectContaining({ file: 'a.home.data.qcow2' }) as object,
      });
      for (const address of [at('data', 'a'), at('archived', 'a'), at('data', 'b')])
        expect(end(moves(stack), address)).toBe(at('archived', 'b'));
    });

    it('keeps its first file name however often it is given on', () => {
      const stack = stackOf(['c'], ['a', 'b'], { b: home('a/home'), c: home('b/home') });
      expect(dataEntries(stack)).toEqual({
        'lab:students/c/home': expect.objectContaining({ file: 'a.home.data.qcow2' }) as object,
      });
      for (const address of [at('data', 'a'), at('archived', 'a'), at('data', 'b'), at('archived', 'b')])
        expect(end(moves(stack), address)).toBe(at('data', 'c'));
    });
  },
);

describe('a data volume is not taken over', () => {
  it.each<[string, Overrides, string]>([
    [
      'from a clone that is in the pool',
      { b: home('c/home') },
      'clone b: data volume home is given from clone c, which is in pool students: name it in retired first',
    ],
    [
      'from itself',
      { b: home('b/home') },
      'clone b: data volume home is given from the clone itself: drop the entry, a clone that is brought back has its own data',
    ],
    [
      'by two',
      { b: home('a/home'), c: home('a/home') },
      'pool students: the archived volume a/home is given to b/home and c/home: give it to one',
    ],
    [
      'in a circle',
      { b: home('x/home'), x: home('b/home') },
      'overrides of pool students name "x", which is not in it: did you mean "b"?',
    ],
    [
      'under a name that is no data volume',
      { b: { data: { hme: Volume.archived('a/home') } } },
      'clone b: data volume hme is given to it, but it has no such data volume: did you mean "home"?',
    ],
    [
      'without the name of its volume',
      { b: { data: { home: Volume.archived('a' as 'a/b') } } },
      `clone b: data volume home is Volume.archived("a"), expected 'CLONE/VOLUME' of a retired clone, such as 'student-07/home'`,
    ],
  ])('%s', (_, overrides, message) => {
    expect(refusals(declare(['b', 'c'], ['a'], overrides))).toContain(message);
  });
});
