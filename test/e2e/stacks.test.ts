import { Lab } from '../../lab/lab';
import { EXAMPLES, Examples } from '../support/examples';

interface Plan {
  readonly complete?: boolean;
  readonly resource_changes: readonly {
    readonly address: string;
    readonly change: { readonly actions: readonly string[] };
  }[];
}

describe('the example stacks on a libvirt where nothing is yet', () => {
  let lab: Lab;
  let examples: Examples;
  beforeAll(async () => {
    lab = await Lab.start({ name: 'stacks' });
    examples = await Examples.synthesize({ REGRAFT_URI: lab.uri, REGRAFT_STORAGE: lab.pools });
  });
  afterAll(async () => {
    examples?.remove();
    await lab?.stop();
  });

  it.each(EXAMPLES)(
    '%s is planned with nothing but creations, one for each machine and volume',
    async (example) => {
      await examples.terraform(example, 'init', '-no-color', '-input=false');
      await examples.terraform(example, 'plan', '-no-color', '-input=false', '-out=plan');
      const plan = JSON.parse(await examples.terraform(example, 'show', '-json', 'plan')) as Plan;
      const { addresses } = examples.read(example).json.output.regraft.value;
      expect(
        plan.resource_changes.map(({ address, change }) => `${change.actions.join()} ${address}`).sort(),
      ).toEqual(
        Object.keys(addresses)
          .map((address) => `create ${address}`)
          .sort(),
      );
    },
  );
});
