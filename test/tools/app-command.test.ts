import { appCommand } from '../../lib/tools/app-command';

const env = { FLAVOUR: 'mint' };

test.each([
  ['npx tsx main.ts', { program: 'npx', args: ['tsx', 'main.ts'], env: {} }],
  ['node "my app.js" \'it is\'', { program: 'node', args: ['my app.js', 'it is'], env: {} }],
  ['A=1 B="two words" node x', { program: 'node', args: ['x'], env: { A: '1', B: 'two words' } }],
  ['node x --flavour=$FLAVOUR', { program: 'node', args: ['x', '--flavour=mint'], env: {} }],
])('%j is run without a shell', (app, expected) => {
  expect(appCommand(app, env, 'cdktf.json')).toEqual(expected);
});

test.each([
  'npm run build && node x',
  'node x | tee log',
  'node x > log',
  'node *.js',
  'node $(pwd)/x',
  'node `pwd`/x',
  'node x; true',
])('%j needs a shell, which is said with the way out', (app) => {
  expect(() => appCommand(app, env, 'cdktf.json')).toThrow(/which only a shell can run.*use --synthesized/);
});

test.each(['', '  ', 'A=1'])('%j is no command', (app) => {
  expect(() => appCommand(app, env, 'cdktf.json')).toThrow('expected a command such as "npx tsx main.ts"');
});
