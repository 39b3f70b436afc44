import { markdownOf } from '../../lib/cli/markdown';
import { UserError } from '../../lib/model/user-error';
import { judge, parsePlan } from '../../lib/review';
import { recordedText } from '../review/recorded';

const refused = judge(parsePlan(recordedText('0.8-drop')));

test('of more stacks than a comment has room for, every verdict and the codes of every refusal stay', () => {
  const stacks = Array.from({ length: 60 }, (_, index) => `stack-${index}`);
  const text = markdownOf(
    stacks.map((stack) => ({ stack, review: refused })),
    true,
  );
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000);
  for (const stack of stacks) {
    expect(text).toContain(`| \`${stack}\` | 🔴 Refused: 3 refusals |`);
    expect(text).toContain(`# Stack \`${stack}\``);
  }
  expect(text.match(/\*\*RG201\*\*/g)).toHaveLength(60);
});

test('what a tool says cannot break out of its fence, and passwords in it are masked', () => {
  const error = new UserError('it failed', 'look:\n```\n@everyone <img src=x> qemu://me:hidden@host/');
  const text = markdownOf([{ stack: 'lab', error }], false);
  expect(text).toContain('````\nlook:\n```\n@everyone <img src=x> qemu://me:***@host/\n````\n');
});
