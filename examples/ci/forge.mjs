// What the jobs need of the forge beside git: one comment kept up to date, and the packed review of a tree of code.
//
//   node forge.mjs comment FILE   writes the file into the one comment of regraft on this pull or merge request
//   node forge.mjs find           GitHub: says in which run the review of the checked-out code was stored
//   node forge.mjs store FILE     GitLab: stores a packed review under the checked-out code
//   node forge.mjs fetch FILE     GitLab: fetches it again
//
// Reviews are stored by git's tree, not by commit: after a merge the commit is another one, but when nothing else was
// merged in between, the tree is the one that was planned.
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

const MARK = '<!-- regraft review -->';
const env = (name) => {
  if (process.env[name]) return process.env[name];
  throw new Error(`${name} is not set`);
};
const tree = () => execFileSync('git', ['rev-parse', 'HEAD^{tree}'], { encoding: 'utf8' }).trim();

async function ask(url, headers, method = 'GET', body = undefined) {
  const json = typeof body === 'object' && !Buffer.isBuffer(body);
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(60_000),
    headers: { ...headers, ...(json ? { 'Content-Type': 'application/json' } : {}) },
    body: json ? JSON.stringify(body) : body,
  });
  if (response.ok) return response;
  throw new Error(`${method} ${url} was answered with ${response.status} ${response.statusText}`);
}

/** All items of a list that comes in pages. */
async function list(url, headers) {
  const items = [];
  for (let page = 1; ; page++) {
    const some = await (await ask(`${url}?per_page=100&page=${page}`, headers)).json();
    items.push(...some);
    if (some.length < 100) return items;
  }
}

const github = {
  headers: () => ({ Authorization: `Bearer ${env('GITHUB_TOKEN')}`, Accept: 'application/vnd.github+json' }),
  repository: () => `${env('GITHUB_API_URL')}/repos/${env('GITHUB_REPOSITORY')}`,

  async comment(text) {
    const comments = `${this.repository()}/issues/${env('PULL_REQUEST')}/comments`;
    // Anybody may write a comment with our mark in it: only our own is ours.
    const author = process.env.REGRAFT_BOT ?? 'github-actions[bot]';
    const ours = (await list(comments, this.headers())).find(
      ({ body, user }) => user?.login === author && body.startsWith(MARK),
    );
    if (ours)
      await ask(`${this.repository()}/issues/comments/${ours.id}`, this.headers(), 'PATCH', { body: text });
    else await ask(comments, this.headers(), 'POST', { body: text });
  },

  async find() {
    const name = `regraft-${tree()}`;
    const answer = await ask(`${this.repository()}/actions/artifacts?name=${name}`, this.headers());
    const [newest] = (await answer.json()).artifacts.filter(({ expired }) => !expired);
    if (!newest)
      throw new Error(
        `this code (tree ${tree()}) was never planned and found safe: plan it, then run this again`,
      );
    appendFileSync(env('GITHUB_OUTPUT'), `run=${newest.workflow_run.id}\nname=${name}\n`);
  },
};

const gitlab = {
  project: () => `${env('CI_API_V4_URL')}/projects/${env('CI_PROJECT_ID')}`,
  stored() {
    return `${this.project()}/packages/generic/regraft-review/${tree()}/review.tar.gpg`;
  },

  async comment(text) {
    // A job's own token may not write notes.
    const headers = { 'PRIVATE-TOKEN': env('REGRAFT_GITLAB_TOKEN') };
    const notes = `${this.project()}/merge_requests/${env('CI_MERGE_REQUEST_IID')}/notes`;
    const { id } = await (await ask(`${env('CI_API_V4_URL')}/user`, headers)).json();
    const ours = (await list(notes, headers)).find(
      ({ body, author }) => author?.id === id && body.startsWith(MARK),
    );
    if (ours) await ask(`${notes}/${ours.id}`, headers, 'PUT', { body: text });
    else await ask(notes, headers, 'POST', { body: text });
  },

  async store(file) {
    await ask(this.stored(), { 'JOB-TOKEN': env('CI_JOB_TOKEN') }, 'PUT', readFileSync(file));
  },

  async fetch(file) {
    const answer = await ask(this.stored(), { 'JOB-TOKEN': env('CI_JOB_TOKEN') }).catch((error) => {
      throw new Error(
        `this code (tree ${tree()}) has no stored review (${error.message}): plan it, then run this again`,
      );
    });
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()), { mode: 0o600 });
  },
};

const [command, file] = process.argv.slice(2);
const forge = process.env.GITLAB_CI ? gitlab : github;
try {
  if (!['comment', 'find', 'store', 'fetch'].includes(command) || !forge[command]) {
    throw new Error(`unknown command ${command ?? '(none)'}, expected comment, find, store or fetch`);
  }
  await forge[command](command === 'comment' ? `${MARK}\n${readFileSync(file, 'utf8')}` : file);
} catch (error) {
  console.error(`forge.mjs: ${error.message}`);
  process.exitCode = 1;
}
