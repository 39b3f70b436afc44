import { Rebase } from 'regraft';
import { parseManifest } from '../../lib/review';
import { classroom } from '../support/declarations';
import { manifest, synthesize } from '../support/synthesis';

it('the waves of a rebase stand in the manifest, change nothing else of the stack, and the review reads them back', () => {
  const [without, withWaves] = [undefined, [1, '50%', '100%'] as const].map((waves) =>
    synthesize((stack) => {
      const { pool, v2 } = classroom(stack);
      new Rebase(stack, 'to-v2', { pool, to: v2, ...(waves ? { waves } : {}) });
    }),
  );
  const [plan] = manifest(withWaves!).rebases;
  expect(plan!.waves).toEqual([1, '50%', '100%']);
  expect(manifest(without!).rebases[0]).not.toHaveProperty('waves');
  expect(withWaves!.json.resource).toEqual(without!.json.resource);
  expect(parseManifest(manifest(withWaves!), 'after the plan')).toEqual(manifest(withWaves!));
});
