import fc from 'fast-check';
import { dataFileName } from '../../lib/model/file-names';
import type { HostFacts, Review } from '../../lib/review';
import { judge, parsePlan } from '../../lib/review';
import { GENERATIONS, type Generation, manifestIn, recorded } from './recorded';

const HOME = 'libvirt_volume.lab__data["students/student-01/home"]';
const sectors = fc.integer({ min: 1, max: 2 ** 20 }).map((count) => count * 512);

/** A plan that changes nothing, of a stack whose code says a size now, and another one before. */
function planOf(generation: Generation, now: number, before?: number): ReturnType<typeof parsePlan> {
  const plan = recorded(`${generation}-nothing`);
  manifestIn(plan, 'after').addresses[HOME].size = now;
  if (before !== undefined) manifestIn(plan, 'before').addresses[HOME].size = before;
  return parsePlan(JSON.stringify(plan));
}

/** What libvirt says of a host on which the volume has this size. */
function factsOf(capacity: number, format = 'qcow2'): HostFacts {
  const name = dataFileName('student-01', 'home');
  const volume = { name, path: `/lab/${name}`, allocation: 0, capacity, format };
  return { host: 'lab', domains: [], volumes: [volume], available: 2 ** 50 };
}

function homeOf({ pools }: Review): { fate: string; size?: { before: number; after: number } } {
  const clone = pools[0]!.clones.find((one) => one.clone === 'student-01')!;
  return clone.volumes.find(({ volume }) => volume === 'home')!;
}

const codes = ({ findings }: Review): string[] =>
  findings.map(({ code }) => code).filter((code) => /^RG27/.test(code));

describe.each(GENERATIONS)('the size of a data volume, provider %s', (generation) => {
  test('a volume grows, stays as it is, or is refused; it never shrinks, and what was grown is as the code says', () => {
    fc.assert(
      fc.property(sectors, sectors, (declared, real) => {
        const review = judge(planOf(generation, declared), { facts: [factsOf(real)] });
        const { size, fate } = homeOf(review);
        if (declared < real) {
          expect([review.verdict, codes(review), size]).toEqual(['refused', ['RG271'], undefined]);
          return;
        }
        expect([review.verdict, fate, size]).toEqual(
          declared === real
            ? ['nothing-to-do', 'kept', undefined]
            : ['safe', 'grown', { before: real, after: declared }],
        );
        const again = judge(planOf(generation, declared), { facts: [factsOf(size?.after ?? real)] });
        expect([again.verdict, codes(again)]).toEqual(['nothing-to-do', []]);
      }),
      { numRuns: 30 },
    );
  });

  test('a size that is no whole number of sectors is the one that QEMU rounds it to', () => {
    const review = judge(planOf(generation, 1000), { facts: [factsOf(1024)] });
    expect([review.verdict, codes(review)]).toEqual(['nothing-to-do', []]);
  });

  test('without libvirt, another declared size than before is told, and nothing is said to grow', () => {
    const found = (now: number, before: number): unknown => {
      const review = judge(planOf(generation, now, before));
      return [review.verdict, codes(review), homeOf(review).size];
    };
    expect(found(2048, 1024)).toEqual(['nothing-to-do', ['RG272'], undefined]);
    expect(found(1024, 2048)).toEqual(['nothing-to-do', ['RG273'], undefined]);
    expect(found(1024, 1024)).toEqual(['nothing-to-do', [], undefined]);
  });

  test('the size that a guest makes its raw volume claim is not believed', () => {
    const plan = recorded(`${generation}-nothing`);
    for (const when of ['before', 'after'] as const)
      Object.assign(manifestIn(plan, when).addresses[HOME], { size: 1024, format: 'raw' });
    const review = judge(parsePlan(JSON.stringify(plan)), { facts: [factsOf(2 ** 40)] });
    expect([review.verdict, codes(review), homeOf(review).size]).toEqual(['nothing-to-do', [], undefined]);
  });
});
