import type { Finding } from '../findings';
import type { CloneReview, Fate, PoolReview, Review, VolumeReview } from '../review';
import { esc, htmlPage } from './html-page';
import { layersOf } from './layers';
import {
  byCode,
  fateText,
  machineText,
  placeText,
  poolText,
  quantity,
  summary,
  VERDICT_TEXT,
} from './phrases';

/** Renders a review as one self-contained HTML file, which loads nothing and works from a file URL. */
export function htmlReport(review: Review): string {
  const title = `Review: ${VERDICT_TEXT[review.verdict]}`;
  return htmlPage(
    title,
    `${header(review)}
<main>
${findings(review.findings)}
${filter(review)}
${review.pools.map(pool).join('\n')}
${bases(review)}
${others(review)}
</main>`,
  );
}

function header(review: Review): string {
  const made = [
    review.plannedAt === undefined ? '' : `planned ${esc(review.plannedAt)}`,
    review.terraformVersion === undefined ? '' : `by Terraform ${esc(review.terraformVersion)}`,
    review.factsFrom.length === 0
      ? 'without asking libvirt'
      : `with facts from ${esc(review.factsFrom.join(', '))}`,
  ].filter((text) => text !== '');
  return `<header class="verdict ${review.verdict}">
<h1>${VERDICT_TEXT[review.verdict]}</h1>
<ul>${summary(review)
    .map((sentence) => `<li>${esc(sentence)}</li>`)
    .join('')}</ul>
<p class="made">${made.join(', ')}</p>
</header>`;
}

function findings(all: readonly Finding[]): string {
  if (all.length === 0) return '';
  const groups = byCode(all).map(([first, group]) => {
    const items = group.map(
      (one) =>
        `<li><code>${esc(placeText(one))}</code><br>expected <q>${esc(one.expected)}</q>, found <q>${esc(one.found)}</q></li>`,
    );
    const open = first.severity === 'info' ? '' : ' open';
    const word = { refuse: 'Refused', warning: 'Warning', info: 'Note' }[first.severity];
    return `<details class="finding ${first.severity}"${open}><summary><b>${word} ${first.code}</b> ${esc(first.title)} <span class="count">${group.length}</span></summary>
<p>Next: ${prose(first.next)}</p><ul>${items.join('')}</ul></details>`;
  });
  return `<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${groups.join('\n')}</section>`;
}

function filter({ pools }: Review): string {
  const clones = pools.flatMap((one) => one.clones);
  if (clones.length === 0) return '';
  const fates = [...new Set(clones.flatMap((clone) => clone.volumes.map(({ fate }) => fate)))].sort();
  return `<form class="filter" role="search" aria-label="Filter clones">
<label>Clone <input type="search" id="by-clone" placeholder="part of a name" autocomplete="off"></label>
<label>Fate <select id="by-fate"><option value="">any</option><option value="changed">anything but kept</option>${fates
    .map((fate) => `<option>${fate}</option>`)
    .join('')}</select></label>
<output id="shown" aria-live="polite">${quantity(clones.length, 'clone')}</output>
</form>`;
}

function pool(one: PoolReview): string {
  const id = `pool-${esc(one.pool)}`;
  const head = ['Clone', 'Machine', 'Volumes', 'Way back']
    .map((text) => `<th scope="col">${text}</th>`)
    .join('');
  return `<section aria-labelledby="${id}"><h2 id="${id}">Pool ${esc(one.pool)} <small>on ${esc(one.host)}</small></h2>
<p>${esc(poolText(one))}</p>
${layers(one)}
<div class="scroll" tabindex="0" role="region" aria-label="Clones of ${esc(one.pool)}"><table>
<thead><tr>${head}</tr></thead>
<tbody>${one.clones.map(row).join('\n')}</tbody>
</table></div></section>`;
}

function row(clone: CloneReview): string {
  const fates = [...new Set(clone.volumes.map(({ fate }) => fate))];
  return `<tr data-clone="${esc(clone.clone)}" data-fates="${fates.join(' ')}" data-changed="${clone.status !== 'unchanged' && clone.status !== 'retired'}">
<th scope="row"><span class="name">${esc(clone.clone)}</span><br><small>${clone.status.replace('-', ' ')}</small></th>
<td>${esc(machineText(clone))}</td>
<td><ul class="volumes">${clone.volumes.map(volume).join('')}</ul></td>
<td class="name">${esc(clone.wayBack ?? '–')}</td></tr>`;
}

function volume(one: VolumeReview): string {
  const { volume: name, type, fate, before, after, retained } = one;
  const [from, to] = [before?.file, after?.file];
  const files =
    from === undefined || to === undefined || from === to ? (to ?? from ?? '') : `${from} → ${to}`;
  const back = retained === undefined ? '' : ` <small>${esc(retained.base ?? '')} ${retained.fate}</small>`;
  return `<li><span class="type ${type}">${type}</span> ${esc(name)} ${chip(fate)}${more(one)}${back}${files === '' ? '' : `<br><small class="file">${esc(files)}</small>`}</li>`;
}

/** What the fate alone does not say: where a volume comes from, and the size that it gets. */
function more(one: VolumeReview): string {
  const rest = fateText(one).slice(one.fate.length).trim();
  return rest === '' ? '' : ` <small>${esc(rest)}</small>`;
}

function chip(fate: Fate): string {
  return `<b class="fate ${fate}">${fate}</b>`;
}

/** Bases with the overlays that stand on them, before and after, drawn as layers. */
function layers(one: PoolReview): string {
  const side = (when: 'before' | 'after'): string => {
    const stacks = layersOf(one, when).map(({ base, clones, retained }) => {
      const text = `${quantity(clones.length, retained ? 'retained overlay' : 'overlay')}`;
      return `<li class="${retained ? 'retained' : 'current'}"><span class="overlays">${text}<small>${esc(clones.length > 3 ? `${clones[0]} … ${clones[clones.length - 1]}` : clones.join(', '))}</small></span><span class="base">${esc(base)}</span></li>`;
    });
    return `<div><h3>${when === 'before' ? 'Before' : 'After'}</h3><ul class="stacks">${stacks.join('') || '<li class="none">nothing</li>'}</ul></div>`;
  };
  return `<div class="layers">${side('before')}<span class="arrow" aria-hidden="true">→</span>${side('after')}</div>`;
}

function bases({ bases: all }: Review): string {
  if (all.length === 0) return '';
  const rows = all.map(
    ({ base, volume: name, host, fate }) =>
      `<tr><th scope="row">${esc(base)}/${esc(name)}</th><td>${esc(host)}</td><td>${fate.replace('-', ' ')}</td></tr>`,
  );
  return `<section aria-labelledby="bases"><h2 id="bases">Base volumes</h2><table class="bases"><thead><tr><th scope="col">Volume</th><th scope="col">Host</th><th scope="col">Fate</th></tr></thead><tbody>${rows.join('')}</tbody></table></section>`;
}

function others({ others: all }: Review): string {
  if (all.length === 0) return '';
  const items = all.map(({ address, effect }) => `<li><code>${esc(address)}</code>: ${esc(effect)}</li>`);
  return `<section aria-labelledby="others"><h2 id="others">Of other origin</h2><ul>${items.join('')}</ul></section>`;
}

/** A sentence of which the parts between backticks are code. */
function prose(text: string): string {
  const parts = text.split(/`([^`]*)`/);
  return parts.map((part, index) => (index % 2 === 0 ? esc(part) : `<code>${esc(part)}</code>`)).join('');
}
