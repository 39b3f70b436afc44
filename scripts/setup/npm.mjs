// The npm packages of the lock file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, say, tryRun } from './say.mjs';

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Whether node_modules holds what package-lock.json asks for, as npm itself has noted it. */
export function upToDate(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const there = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (!wanted || !there) return false;
  // Optional packages are those of other platforms, or may be.
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || (there[path] ? there[path].version === version : Boolean(optional || devOptional)),
  );
}

function install(root) {
  // Below "npm --silent" npm would inherit its silence, and its reason for refusing is read here.
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  try {
    run('npm', ['ci', ...options], { cwd: root });
  } catch (error) {
    // A registry that lacks the builds for other platforms leaves them out of the lock file, which `npm ci` then
    // refuses; `npm install` takes the same versions from it and, told not to save, leaves it alone.
    if (!error.message.includes('EUSAGE')) throw error;
    run('npm', ['install', '--no-save', ...options], { cwd: root });
  }
}

/** Installs the npm packages when what is there is not what the lock file says. */
export function setUpNpm(root) {
  if (upToDate(root)) return say('npm packages', 'already there');
  say('npm packages', 'installing (about a minute)');
  install(root);
  // cdktf-cli loads a native module. Where npm runs no install scripts, only its prebuilt form can be there.
  const pty = '@cdktf/node-pty-prebuilt-multiarch';
  if (
    tryRun(process.execPath, ['-e', `require(${JSON.stringify(join(root, 'node_modules', pty))})`]) ===
    undefined
  ) {
    throw new Error(
      `${pty} ${process.version} ${process.arch} does not load, and cdktf-cli needs it; install python3, make and g++, then: npm rebuild ${pty} --foreground-scripts`,
    );
  }
}
