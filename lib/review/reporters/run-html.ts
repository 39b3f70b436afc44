import type { RunRecord } from '../../model/run-record';
import { maskedTexts } from '../masking';
import { esc, htmlPage } from './html-page';
import { quantity } from './phrases';
import { PHASE_TEXT, runFacts, STATE_TEXT } from './run-facts';
import type { MachineFacts, VolumeFacts } from './run-machines';
import { machineFacts, runHead, waveLines } from './run-machines';

/** Renders one run as one self-contained HTML file, which loads nothing and works from a file URL. */
export function runHtml(record: RunRecord): string {
  const run = maskedTexts(record);
  const machines = machineFacts(run);
  return htmlPage(
    `Run ${run.id}: ${STATE_TEXT[run.state]}`,
    `${header(run)}
<main>
${waves(run)}
${filter(machines)}
${table(machines)}
</main>`,
  );
}

function header(run: RunRecord): string {
  const { outcome, proven, grown, next, good } = runFacts(run);
  const kind = good
    ? 'safe'
    : ({ failed: 'failed', superseded: 'nothing-to-do' }[run.state as string] ?? 'open');
  const sentences = [run.problem, proven, grown, next].filter((text) => text !== undefined);
  const facts = [['Run', `${run.id}: ${run.verb} of stack ${run.stack}`], ...runHead(run)];
  return `<header class="verdict ${kind}">
<h1>${esc(outcome)}</h1>
<ul>${sentences.map((text) => `<li>${esc(text)}</li>`).join('')}</ul>
<dl class="head">${facts.map(([name, value]) => `<dt>${esc(name!)}</dt><dd>${esc(value!)}</dd>`).join('')}</dl>
</header>`;
}

function waves(run: RunRecord): string {
  const lines = waveLines(run).map((line) => `<li>${esc(line)}</li>`);
  if (lines.length === 0) return '';
  return `<section aria-labelledby="waves"><h2 id="waves">Waves</h2><ul>${lines.join('')}</ul></section>`;
}

function filter(machines: readonly MachineFacts[]): string {
  if (machines.length === 0) return '';
  const phases = [...new Set(machines.map(({ record }) => record.phase))];
  return `<form class="filter" role="search" aria-label="Filter clones">
<label>Clone <input type="search" id="by-clone" placeholder="part of a name" autocomplete="off"></label>
<label>End <select id="by-fate"><option value="">any</option><option value="changed">anything but done</option>${phases
    .map((phase) => `<option value="${phase}">${PHASE_TEXT[phase]}</option>`)
    .join('')}</select></label>
<output id="shown" aria-live="polite">${quantity(machines.length, 'clone')}</output>
</form>`;
}

function table(machines: readonly MachineFacts[]): string {
  if (machines.length === 0) return '';
  const head = ['Clone', 'Course', 'Data volumes'].map((text) => `<th scope="col">${text}</th>`).join('');
  return `<section aria-labelledby="machines"><h2 id="machines">Machines</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Machines of the run"><table class="runs">
<thead><tr>${head}</tr></thead>
<tbody>${machines.map(row).join('\n')}</tbody>
</table></div></section>`;
}

function row({ key, record, end, power, steps, took, volumes }: MachineFacts): string {
  const { phase, host, why, console: said = [] } = record;
  const course = [
    `<b class="fate ${phase}">${esc(end)}</b>${took === undefined ? '' : ` <small>in ${took}</small>`}<br>${power}`,
    why === undefined ? '' : `<p>${esc(why)}</p>`,
    said.length === 0
      ? ''
      : `<details open><summary>The last lines of its console</summary><pre>${said.map(esc).join('\n')}</pre></details>`,
    steps.length === 0
      ? ''
      : `<details><summary>${quantity(steps.length, 'phase')}</summary><ol class="steps">${steps.map((step) => `<li>${esc(step)}</li>`).join('')}</ol></details>`,
  ];
  return `<tr data-clone="${esc(key)}" data-fates="${phase}" data-changed="${phase !== 'done'}">
<th scope="row"><span class="name">${esc(record.clone)}</span><br><small>${esc(record.pool)} on ${esc(host)}</small></th>
<td>${course.join('')}</td>
<td><ul class="volumes">${volumes.map(volume).join('')}</ul></td></tr>`;
}

function volume({ volume: name, file, before, after, verdict }: VolumeFacts): string {
  const kind = { same: 'same', CHANGED: 'changed', 'not compared': 'open' }[verdict];
  const digests = [
    ['before', before],
    ['after', after],
  ].flatMap(([when, text]) =>
    text === undefined ? [] : `<br><small class="file">${when} ${esc(text)}</small>`,
  );
  return `<li>${esc(name)} <b class="fate ${kind}">${verdict}</b><br><small class="file">${esc(file)}</small>${digests.join('')}</li>`;
}
