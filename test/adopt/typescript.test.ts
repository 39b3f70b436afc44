import { parse } from '@babel/parser';
import fc from 'fast-check';
import { literal } from '../../lib/adopt/literal';
import { propose } from '../../lib/adopt/propose';
import { typescriptOf } from '../../lib/adopt/typescript';
import { World } from './world';

test('a value is written as TypeScript that means the same', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.integer(),
      fc.array(tie('value')),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
        { noNullPrototype: true },
      ),
    ),
  })).value;
  fc.assert(
    fc.property(value, (one) => {
      expect(new Function(`return ${literal(one as never)};`)()).toEqual(one);
    }),
  );
});

test('the code is TypeScript, whatever files and storage pools are called', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.constantFrom('default', 'class', '1', 'a b', 'ä'),
      (file, storage) => {
        const world = new World();
        const image = world.file(`${file}.qcow2`, { pool: storage });
        world.machine('a-1', [world.overlay('a-1.qcow2', image, { pool: storage })]);
        const given = world.given();
        const contents = {
          ...given.contents,
          pools: [{ name: storage, type: 'dir', path: '/pool', active: true }],
        };
        const proposal = propose({ ...given, contents });
        expect(proposal.left).toEqual([]);
        const code = typescriptOf(proposal, { uri: 'qemu:///system', stack: 'lab', provider: '0.8' });
        expect(() => parse(code, { sourceType: 'module', plugins: ['typescript'] })).not.toThrow();
      },
    ),
  );
});
