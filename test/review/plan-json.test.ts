import { judge, parsePlan, ReviewError } from '../../lib/review';
import { recorded, recordedText } from './recorded';

function errorOf(text: string): ReviewError {
  try {
    judge(parsePlan(text));
  } catch (error) {
    if (error instanceof ReviewError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

const canary = (): string => recordedText('0.9-canary');

describe('what is no plan is refused with one clear line', () => {
  const bad: [what: string, text: () => string, kind: string, message: RegExp][] = [
    ['an empty text', () => '', 'empty', /empty, expected the output of: terraform show -json/],
    ['white space', () => ' \n\n', 'empty', /empty/],
    ['a plan that is cut off', () => canary().slice(0, 20_000), 'not-json', /cut off/],
    ['two plans in one text', () => canary() + canary(), 'not-json', /joined/],
    [
      "Terraform's binary plan file",
      () => 'PK\u0003\u0004\u0000…',
      'not-json',
      /binary plan file.*terraform show -json/,
    ],
    ['prose', () => 'Terraform will perform the following actions', 'not-json', /not JSON/],
    [
      'the log of plan -json',
      () => '{"@level":"info","@message":"x"}\n{"@level":"info"}\n',
      'not-json',
      /log of terraform plan -json/,
    ],
    ['JSON of another tool', () => '{"Resources":{}}', 'not-a-plan', /another tool/],
    ['a list', () => '[]', 'not-a-plan', /another tool/],
    ['null', () => 'null', 'not-a-plan', /another tool/],
    [
      'the JSON of a state',
      () => '{"format_version":"1.0","terraform_version":"1.11.4","values":{}}',
      'not-a-plan',
      /state/,
    ],
    [
      'changes of another shape',
      () => '{"format_version":"1.2","resource_changes":{}}',
      'not-a-plan',
      /resource_changes/,
    ],
    [
      'a plan of a stack without regraft',
      () => '{"format_version":"1.2","planned_values":{"root_module":{}}}',
      'no-manifest',
      /a stack without regraft/,
    ],
    [
      "somebody else's output regraft",
      () => damaged((plan) => (plan.output_changes.regraft.after = { hello: 1 })),
      'manifest-invalid',
      /version/,
    ],
    [
      'a manifest of a newer regraft',
      () => damaged((plan) => (plan.output_changes.regraft.after.version = 2)),
      'manifest-invalid',
      /version 2.*newer regraft/,
    ],
    [
      'a manifest that is not known yet',
      () => damaged((plan) => (plan.output_changes.regraft.after_unknown = true)),
      'manifest-unknown',
      /only known after apply/,
    ],
  ];

  function damaged(damage: (plan: ReturnType<typeof recorded>) => void): string {
    const plan = recorded('0.9-canary');
    damage(plan);
    return JSON.stringify(plan);
  }

  test.each(bad)('%s', (_what, text, kind, message) => {
    const error = errorOf(text());
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/\n/);
    expect(error.message.length).toBeLessThan(300);
  });

  test('the text itself is never quoted, since it may hold secrets', () => {
    expect(errorOf('{"password": "hunter2", oops').message).not.toContain('hunter2');
    expect(errorOf('{"format_version":"1.2","resource_changes":["hunter2"]}').message).not.toContain(
      'hunter2',
    );
  });
});

describe('what a newer or older Terraform says besides', () => {
  test('unknown fields are ignored', () => {
    const plan = recorded('0.9-canary');
    plan.format_version = '1.99';
    plan.novelty = { deep: [1] };
    for (const change of plan.resource_changes) change.change.novelty = true;
    expect(judge(parsePlan(JSON.stringify(plan))).verdict).toBe('safe');
  });

  test('Terraform 1.5, which says neither complete nor applyable, is understood', () => {
    const plan = recorded('0.8-canary');
    for (const field of ['complete', 'applyable', 'errored', 'timestamp'])
      Reflect.deleteProperty(plan, field);
    expect(judge(parsePlan(JSON.stringify(plan))).verdict).toBe('safe');
  });

  test('a byte order mark does no harm', () => {
    expect(judge(parsePlan(`\uFEFF${canary()}`)).verdict).toBe('safe');
  });

  test('data sources are no changes', () => {
    const plan = recorded('0.8-nothing');
    plan.resource_changes.push({
      address: 'data.x.y',
      mode: 'data',
      type: 'x',
      change: { actions: ['read'] },
    });
    expect(judge(parsePlan(JSON.stringify(plan)))).toMatchObject({ verdict: 'nothing-to-do', others: [] });
  });
});

describe('secrets stay out of a review', () => {
  test.each([{ name: true }, true])('values that Terraform marks as sensitive (%j) are masked', (marks) => {
    const plan = recorded('0.9-nothing');
    const home = plan.resource_changes.find((one: { address: string }) =>
      one.address.includes('student-01/home'),
    );
    home.change.after.name = 'top-secret';
    home.change.after_sensitive = marks;
    const text = JSON.stringify(judge(parsePlan(JSON.stringify(plan))));
    expect(text).toContain('(sensitive)');
    expect(text).not.toContain('top-secret');
  });

  test.each([
    'qemu+ssh://root:hunter2@host/system',
    'qemu+tcp://root:hunter2@x@host/system',
    'http://:hunter2@host/image',
  ])('the password in %s is masked', (uri) => {
    const plan = recorded('0.9-nothing');
    plan.output_changes.regraft.after.hosts.lab.uri = uri;
    const review = judge(parsePlan(JSON.stringify(plan)));
    expect(review.findings.map(({ code }) => code)).toContain('RG108');
    expect(JSON.stringify(review)).not.toContain('hunter2');
    expect(JSON.stringify(review)).toContain('host/');
  });
});

test('a plan is read the same whether the output regraft holds the manifest as text or, as regraft wrote it before, as an object', () => {
  const asObject = recorded('0.8-canary');
  const asText = structuredClone(asObject);
  const change = asText.output_changes.regraft;
  for (const when of ['before', 'after']) change[when] &&= JSON.stringify(change[when]);
  for (const values of [asText.planned_values, asText.prior_state.values])
    values.outputs.regraft.value = JSON.stringify(values.outputs.regraft.value);
  expect(parsePlan(JSON.stringify(asText))).toEqual(parsePlan(JSON.stringify(asObject)));
});
