import fc from 'fast-check';
import { limited } from '../../lib/model/limited';

test('never more than so many are under way, and each is done once in the order in which it came', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { maxLength: 20 }),
      async (atOnce, fails) => {
        const limit = limited(atOnce);
        const begun: number[] = [];
        let [under, most] = [0, 0];
        const act = async (index: number, fail: boolean): Promise<number> => {
          begun.push(index);
          most = Math.max(most, ++under);
          await new Promise((resolve) => setImmediate(resolve));
          under--;
          if (fail) throw new Error(String(index));
          return index;
        };
        const ended = await Promise.allSettled(fails.map((fail, index) => limit(() => act(index, fail))));
        expect(ended.map(({ status }) => status === 'rejected')).toEqual(fails);
        expect(begun).toEqual(fails.map((_, index) => index));
        expect(most).toBe(Math.min(atOnce, fails.length));
      },
    ),
  );
});
